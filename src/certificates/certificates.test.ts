import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { issue } from '../../test/support/certificates/issue.ts';
import type { Logger } from '../log/logger.ts';
import { NEVER } from '../lib/async/signals.ts';
import { createCertificates } from './certificates.ts';
import { createKeptPairs } from './kept-pairs.ts';
import { readPair } from './pair.ts';
import { createDirStore } from './stores/dir-store.ts';
import { createGivenFiles } from './stores/given-files.ts';

let root: string;
let store: string;
let kept: string;
let now: Date;
let lines: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlb-store-'));
  [store, kept] = [join(root, 'store'), join(root, 'kept')];
  await mkdir(store);
  now = new Date();
  lines = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const log = {
  warn: (text: string) => lines.push(text),
  info: (text: string) => lines.push(text),
  debug: () => {},
} as unknown as Logger;
const open = (given: readonly string[] = []) =>
  createCertificates({
    stores: [...(given.length > 0 ? [createGivenFiles(given)] : []), createDirStore(store)],
    kept: createKeptPairs(kept),
    log,
    now: () => now,
  });
/** A HAProxy that refuses pairs by their digest. */
const judging = (refused: ReadonlySet<string>, stamp: string, asked: string[] = [], isSilent = () => false) =>
  createCertificates({
    stores: [createDirStore(store)],
    kept: createKeptPairs(kept),
    judge: {
      stamp: async () => stamp,
      async judge(pairs) {
        const digests = pairs.map(({ digest }) => digest);
        asked.push(...digests);
        if (isSilent()) return { taken: new Set(), refused: new Map() };
        return {
          taken: new Set(digests.filter((digest) => !refused.has(digest))),
          refused: new Map(digests.flatMap((digest) => (refused.has(digest) ? [[digest, 'curve not known']] : []))),
        };
      },
      async removeLeft() {},
    },
    log,
    now: () => now,
  });

const digestOf = (pem: string): string => {
  const pair = readPair(pem);
  return 'digest' in pair ? pair.digest : '';
};

const shop = await issue(['shop.test']);
const renewed = await issue(['shop.test'], { days: 120 });
const blog = await issue(['blog.test']);
const later = () => (now = new Date(now.getTime() + 3000));

const names = ({ current }: ReturnType<typeof open>) => current.certificates.map(({ name }) => name);

describe('certificates', () => {
  test('come from files, pairs of files and folders of one certificate, and are kept for their owner only', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    await writeFile(join(store, 'blog.crt'), blog.certificate);
    await writeFile(join(store, 'blog.key'), blog.key);
    await mkdir(join(store, 'live'));
    await writeFile(join(store, 'live', 'fullchain.pem'), renewed.certificate);
    await writeFile(join(store, 'live', 'privkey.pem'), renewed.key);
    await writeFile(join(store, 'README.txt'), 'hello');
    const all = open();
    expect(await all.read(NEVER)).toBe(true);
    expect(names(all)).toEqual(['blog', 'live', 'shop']);
    expect(all.current.problems).toEqual([]);
    const [first] = all.current.certificates;
    expect(await readFile(first?.path ?? '', 'utf8')).toBe(blog.pem);
    expect((await stat(first?.path ?? '')).mode & 0o777).toBe(0o600);
    expect((await stat(kept)).mode & 0o777).toBe(0o700);
    const before = all.current;
    expect(await all.read(NEVER)).toBe(false);
    expect(all.current).toBe(before);
  });

  test('a file that is written in two steps is not a problem, and the old pair serves meanwhile', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    const all = open();
    await all.read(NEVER);
    await writeFile(join(store, 'shop.pem'), renewed.certificate);
    expect(await all.read(NEVER)).toBe(false);
    expect(all.current.problems).toEqual([]);
    expect(all.nextLookIn).toBeGreaterThan(0);
    await writeFile(join(store, 'shop.pem'), renewed.pem);
    expect(await all.read(NEVER)).toBe(true);
    expect(all.current.certificates[0]?.pem.reveal()).toBe(renewed.pem);
    expect(all.nextLookIn).toBeUndefined();
    expect(lines.join('\n')).toContain('certificate shop (shop.test) is renewed');
  });

  test.each([
    ['half of it', async () => renewed.pem.slice(0, renewed.certificate.length + 40), 'holds no private key'],
    ['the key of another', async () => renewed.certificate + blog.key, 'holds a private key that belongs to another certificate'],
    ['nothing', async () => '', 'holds no certificate that can be read'],
    ['an expired one', async () => (await issue(['shop.test'], { from: new Date('2026-01-01'), days: 5 })).pem, 'has expired on'],
    ['one of next year', async () => (await issue(['shop.test'], { from: new Date('2036-01-01') })).pem, 'is not valid before'],
  ])('%s never replaces a good pair, also after a restart', async (_, text, fault) => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    const all = open();
    await all.read(NEVER);
    await writeFile(join(store, 'shop.pem'), await text());
    await all.read(NEVER);
    later();
    await all.read(NEVER);
    expect(all.current.certificates[0]?.pem.reveal()).toBe(shop.pem);
    expect(all.current.problems[0]?.detail).toContain(fault);
    expect(all.current.problems[0]?.detail).toContain('the certificate of before stays in service');
    const again = open();
    await again.read(NEVER);
    expect(again.current.certificates[0]?.pem.reveal()).toBe(shop.pem);
    expect(await readFile(again.current.certificates[0]?.path ?? '', 'utf8')).toBe(shop.pem);
    expect(again.current.problems[0]?.detail).toContain(fault);
    expect(lines.join('\n')).not.toContain('PRIVATE KEY');
  });

  test('a pair that was never good is not served', async () => {
    await writeFile(join(store, 'shop.pem'), shop.certificate);
    const all = open();
    await all.read(NEVER);
    expect(all.current.certificates).toEqual([]);
    expect(all.current.problems).toEqual([{ origin: `dir:${store}/shop.pem`, detail: 'holds no private key; it is not served' }]);
  });

  test('a folder that is gone or empty keeps what was read, also after a restart; one that is back counts', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    await writeFile(join(store, 'blog.pem'), blog.pem);
    const all = open();
    await all.read(NEVER);
    await rename(store, `${store}-away`);
    await all.read(NEVER);
    expect(names(all)).toEqual(['blog', 'shop']);
    expect(all.current.problems[0]?.detail).toContain('its certificates of before stay in service');
    await mkdir(store);
    const again = open();
    await again.read(NEVER);
    expect(names(again)).toEqual(['blog', 'shop']);
    expect(again.current.problems[0]?.detail).toContain('it holds no certificates any more');
    await writeFile(join(store, 'blog.pem'), blog.pem);
    await again.read(NEVER);
    expect(names(again)).toEqual(['blog']);
    expect(again.current.problems).toEqual([]);
  });

  test('the files of what is gone stay until HAProxy does not need them', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    await writeFile(join(store, 'blog.pem'), blog.pem);
    const all = open();
    await all.read(NEVER);
    const paths = all.current.certificates.map(({ path }) => path);
    await rm(join(store, 'shop.pem'));
    await all.read(NEVER);
    await all.forget(new Set(paths));
    expect(await readdir(kept)).toHaveLength(2);
    await all.forget(new Set());
    expect(await readdir(kept)).toHaveLength(1);
  });

  test('what --ssl-certs names comes first, and is served even if it has expired', async () => {
    const path = join(root, 'cert.pem');
    await writeFile(path, (await issue(['old.test'], { from: new Date('2026-01-01'), days: 5 })).pem);
    await writeFile(join(store, 'shop.pem'), shop.pem);
    const all = open([path]);
    await all.read(NEVER);
    expect(names(all)).toEqual(['cert', 'shop']);
    expect(all.current.problems[0]?.detail).toContain('it is served all the same');
    // Another read of the same file does not mend it.
    await all.read(NEVER);
    expect(all.current.problems[0]?.detail).toContain('it is served all the same');
  });

  test('without a store, a file that HAProxy may read in another way is no problem, one that was good before is', async () => {
    const [bundle, good] = [join(root, 'bundle.pem'), join(root, 'good.pem')];
    await writeFile(good, shop.pem);
    const all = createCertificates({ stores: [createGivenFiles([bundle, good])], log, now: () => now });
    await all.read(NEVER);
    expect([names(all), all.current.problems, lines]).toEqual([['good'], [], []]);
    await writeFile(good, renewed.certificate);
    await all.read(NEVER);
    later();
    await all.read(NEVER);
    expect(names(all)).toEqual(['good']);
    expect(all.current.problems).toEqual([{ origin: good, detail: expect.stringContaining('holds no private key') }]);
  });

  test('what HAProxy refuses never counts: the old one stays, and only what is new is asked about', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    await writeFile(join(store, 'blog.pem'), blog.pem);
    const asked: string[] = [];
    const all = judging(new Set([renewed.pem, blog.pem].map(digestOf)), '2.6', asked);
    await all.read(NEVER);
    expect(names(all)).toEqual(['shop']);
    expect(all.current.problems).toEqual([
      { origin: `dir:${store}/blog.pem`, detail: 'is refused by HAProxy (curve not known); it is not served' },
    ]);
    expect(await readdir(kept)).toHaveLength(1);
    await writeFile(join(store, 'shop.pem'), renewed.pem);
    await all.read(NEVER);
    later();
    await all.read(NEVER);
    expect(all.current.certificates[0]?.pem.reveal()).toBe(shop.pem);
    expect(all.current.problems.map(({ detail }) => detail)).toEqual([
      'is refused by HAProxy (curve not known); it is not served',
      'is refused by HAProxy (curve not known); the certificate of before stays in service',
    ]);
    expect(asked.sort()).toEqual([shop.pem, blog.pem, renewed.pem].map(digestOf).sort());
  });

  test('another HAProxy is asked about all pairs again, also about those that are kept; the same one is not', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    await writeFile(join(store, 'blog.pem'), blog.pem);
    await judging(new Set(), '2.6').read(NEVER);
    const asked: string[] = [];
    await judging(new Set(), '2.6', asked).read(NEVER);
    expect(asked).toEqual([]);
    const next = judging(new Set([digestOf(blog.pem)]), '3.0');
    await next.read(NEVER);
    expect(names(next)).toEqual(['shop']);
    await rename(store, `${store}-away`);
    const away = judging(new Set([digestOf(shop.pem)]), '3.2');
    await away.read(NEVER);
    expect(names(away)).toEqual(['blog']);
    expect(away.current.problems.map(({ origin, detail }) => [origin, detail])).toContainEqual([
      'shop',
      'is refused by HAProxy (curve not known); it is not served',
    ]);
  });

  test('a HAProxy that gives no answer lets a pair count, and is asked again, also after a restart', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    let isSilent = true;
    const asked: string[] = [];
    const open = (refused: ReadonlySet<string>) => judging(refused, '3.0', asked, () => isSilent);
    const first = open(new Set());
    await first.read(NEVER);
    expect(names(first)).toEqual(['shop']);
    isSilent = false;
    const bad = new Set([digestOf(shop.pem)]);
    const restarted = open(bad);
    await restarted.read(NEVER);
    expect(names(restarted)).toEqual([]);
    expect(asked.length).toBeGreaterThan(1);
    await writeFile(join(store, 'shop.pem'), renewed.pem);
    isSilent = true;
    await restarted.read(NEVER);
    expect(names(restarted)).toEqual(['shop']);
    isSilent = false;
    bad.add(digestOf(renewed.pem));
    await restarted.read(NEVER);
    expect(names(restarted)).toEqual([]);
  });

  test('HAProxy is asked once about a pair that is not valid yet', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    now = new Date(now.getTime() - 1000 * 24 * 3600 * 1000);
    const asked: string[] = [];
    const all = judging(new Set(), '3.0', asked);
    for (let look = 0; look < 3; look += 1) await all.read(NEVER);
    expect([names(all), asked]).toEqual([[], [digestOf(shop.pem)]]);
  });

  test('only what was reported is looked at if that is asked for', async () => {
    await writeFile(join(store, 'shop.pem'), shop.pem);
    const all = open();
    await all.read(NEVER);
    const stop = new AbortController();
    let count = 0;
    const watching = all.watch(() => (count += 1), stop.signal);
    await expect
      .poll(async () => {
        await writeFile(join(store, 'shop.pem'), renewed.pem);
        return count;
      })
      .toBeGreaterThan(0);
    expect(await all.read(NEVER, { onlyReported: true })).toBe(true);
    stop.abort();
    await watching;
    await writeFile(join(store, 'shop.pem'), shop.pem);
    expect(await all.read(NEVER, { onlyReported: true })).toBe(false);
    expect(await all.read(NEVER)).toBe(true);
  });
});
