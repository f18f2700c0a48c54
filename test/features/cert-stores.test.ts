/** What every store of `--cert-store` must do, whichever service it is: the same tests for all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SharedStore } from '../../src/certificates/shared/shared-store.ts';
import { writeState } from '../../src/certificates/acme/orders/state.ts';
import { openPairs, openShared } from '../../src/certificates/open-store.ts';
import type { CertificateStore, StoredCertificate } from '../../src/certificates/stores/store.ts';
import { Secret } from '../../src/lib/secret.ts';
import { issue } from '../support/certificates/issue.ts';
import { folderSite, type Site, vaultSite, zookeeperSite } from '../support/stores/sites.ts';
import { HAS_ZOOKEEPER } from '../support/stores/zookeeper.ts';

const LEASE = 3000;

const KINDS: readonly (readonly [string, () => Promise<Site>])[] = [
  ['a folder', folderSite],
  ['Vault', vaultSite],
  ...(HAS_ZOOKEEPER ? [['ZooKeeper', zookeeperSite] as const] : []),
];

describe.each(KINDS)('%s', { timeout: 60_000 }, (_kind, start) => {
  let site: Site;
  let stop: AbortController;
  beforeEach(async () => {
    site = await start();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await site[Symbol.asyncDispose]();
  });

  const shared = (holder: string): SharedStore =>
    openShared(site.place, { holder, lease: LEASE, clock: () => performance.now() });
  const read = (store: CertificateStore, onlyReported = false) => store.read(stop.signal, { onlyReported });

  test('documents are written, read, listed and removed', async () => {
    const [one, other] = [shared('a'), shared('b')];
    expect(await one.read('acme/state.json')).toBeUndefined();
    expect(await one.list('')).toEqual([]);
    expect(await one.list('acme')).toEqual([]);
    const { pem } = await issue(['shop.test']);
    await one.write('acme/state.json', '{"a": "ü"}\n');
    await one.write('acme/state.json', '{"b": 1}\n');
    await one.write('acme_shop.test.pem', pem);
    expect(await other.read('acme/state.json')).toBe('{"b": 1}\n');
    expect((await other.read('acme_shop.test.pem'))?.trim().replaceAll(/\n+/g, '\n')).toBe(pem.trim());
    expect(await other.list('')).toEqual(['acme_shop.test.pem']);
    expect(await other.list('acme')).toEqual(['state.json']);
    await other.remove('acme/state.json');
    await other.remove('acme/state.json');
    expect(await one.read('acme/state.json')).toBeUndefined();
    expect(await one.list('acme')).toEqual([]);
  });

  test('a document is created by one of several', async () => {
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((name) => shared(name).create('acme/account.key', name)));
    expect(new Set(made).size).toBe(1);
    expect(await shared('e').create('acme/account.key', 'e')).toBe(made[0]);
    await shared('a').remove('acme/account.key');
    expect(await shared('f').create('acme/account.key', 'f')).toBe('f');
  });

  test('certificates that come, are renewed and go are seen, and what stays is the same object', async () => {
    const [first, second, renewed] = await Promise.all([issue(['one.test']), issue(['two.test']), issue(['one.test'])]);
    const store = openPairs(site.place);
    expect(await read(store)).toEqual([]);
    let changes = 0;
    const watching = store.watch(() => (changes += 1), stop.signal);
    await sleep(500);
    await site.put('one', first);
    await site.put('two', second);
    await expect.poll(() => changes, { timeout: 15_000 }).toBeGreaterThan(0);
    const before = await read(store, true);
    expect(before.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(before.every(({ origin }) => origin.startsWith(store.name))).toBe(true);
    expect(before.map((each) => textOf(each).trim().replaceAll(/\n+/g, '\n'))).toEqual(
      [first, second].map(({ pem }) => pem.trim()),
    );
    const same = await read(store);
    expect([same[0] === before[0], same[1] === before[1]]).toEqual([true, true]);
    await site.put('one', renewed);
    const after = await read(store);
    expect(textOf(after[0]!)).toContain(renewed.key.trim());
    expect(after[1]).toBe(before[1]);
    changes = 0;
    await site.remove('two');
    await expect.poll(async () => (await read(store)).map(({ name }) => name)).toEqual(['one']);
    // What was removed may come again with the number of its first version.
    await site.put('two', renewed);
    expect(textOf((await read(store))[1]!)).toContain(renewed.key.trim());
    stop.abort();
    await watching;
  });

  test('what one load balancer writes is a certificate for the others, and they are told', async () => {
    const store = openPairs(site.place);
    const { pem, key } = await issue(['shop.test']);
    let changes = 0;
    void store.watch(() => (changes += 1), stop.signal);
    await sleep(500);
    await shared('a').write('acme_shop.test.pem', pem);
    await expect.poll(() => changes, { timeout: 15_000 }).toBeGreaterThan(0);
    const found = await read(store, true);
    expect(found.map(({ name }) => name)).toEqual(['acme_shop.test']);
    expect(textOf(found[0]!)).toContain(key.trim());
    const again = await issue(['shop.test']);
    changes = 0;
    await shared('a').write('acme_shop.test.pem', again.pem);
    const notes = { 'shop.test': { directory: 'https://ca.test', askAt: Date.now() } };
    await writeState(shared('a'), { begun: [], failures: {}, notes }, Date.now());
    await expect.poll(() => changes, { timeout: 15_000 }).toBeGreaterThan(0);
    expect(textOf((await read(store, true))[0]!)).toContain(again.key.trim());
  });

  test('the lock is had by one, given back, and taken by the next', async () => {
    const leases = (await Promise.all(['a', 'b', 'c'].map((name) => shared(name).lock()))).filter(Boolean);
    expect(leases).toHaveLength(1);
    expect(await shared('d').lock()).toBeUndefined();
    // It is renewed: it is still had after the lease.
    await sleep(LEASE + 500);
    expect(await shared('d').lock()).toBeUndefined();
    expect(leases[0]!.lost.aborted).toBe(false);
    await leases[0]![Symbol.asyncDispose]();
    await using next = await shared('d').lock();
    expect(next?.lost.aborted).toBe(false);
  });

  test('the lock of a holder that was killed goes to another, and at once to the holder after its restart', async () => {
    const kill = async (): Promise<void> => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', HOLD], {
        env: { ...process.env, PLACE: JSON.stringify(plain(site)), LEASE: String(LEASE) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [text] = (await once(child.stdout, 'data')) as [Buffer];
      expect(text.toString()).toBe('held\n');
      expect(await shared('b').lock()).toBeUndefined();
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    await kill();
    {
      await using again = await shared('child').lock();
      expect(again?.lost.aborted).toBe(false);
    }
    await kill();
    const other = shared('b');
    await expect.poll(async () => isTaken(await other.lock()), { timeout: 20_000 }).toBe(true);
  });

  test('a store that is away is said by its name, loses the lock in time, and has all of it when it is back', async () => {
    const pairs = openPairs(site.place);
    const documents = shared('a');
    await site.put('one', await issue(['one.test']));
    await documents.write('acme/state.json', '{}');
    expect(await read(pairs)).toHaveLength(1);
    await using lease = await documents.lock();
    expect(lease).toBeDefined();
    await site.leave();
    await expect(read(pairs)).rejects.toThrow(/ENOENT|does not answer|no answer|is lost|has ended/);
    await expect.poll(() => lease!.lost.aborted, { timeout: 3 * LEASE }).toBe(true);
    await site.comeBack();
    await expect.poll(async () => (await read(pairs).catch(() => [])).length, { timeout: 15_000 }).toBe(1);
    await expect.poll(() => documents.read('acme/state.json').catch(() => '')).toBe('{}');
    const other = shared('b');
    await expect.poll(async () => isTaken(await other.lock()), { timeout: 20_000 }).toBe(true);
  });
});

const textOf = ({ content }: StoredCertificate): string => (content instanceof Secret ? content.reveal() : content.fault);

/** Takes the lock in a process of its own, of the built program. */
const HOLD = `
const { openShared } = await import('${new URL('../../dist/certificates/open-store.js', import.meta.url).href}');
const { Secret } = await import('${new URL('../../dist/lib/secret.js', import.meta.url).href}');
const place = JSON.parse(process.env.PLACE, (name, value) => (name === 'token' ? new Secret(value) : name === 'keys' ? value.map((key) => new Secret(key)) : value));
const lock = { holder: 'child', lease: Number(process.env.LEASE), clock: () => performance.now() };
globalThis.held = await openShared(place, lock).lock();
console.log(globalThis.held === undefined ? 'not held' : 'held');
setInterval(() => {}, 1000);
`;

/** Returns the place with its secrets as plain texts. */
function plain({ place }: Site): unknown {
  if (place.kind === 'vault') {
    const { token } = place.server;
    return { ...place, server: { ...place.server, token: token instanceof Secret ? token.reveal() : token } };
  }
  return place.kind === 'zk' ? { ...place, keys: place.keys.map((key) => key.reveal()) } : place;
}

/** Gives it back at once. */
async function isTaken(lease: Awaited<ReturnType<SharedStore['lock']>>): Promise<boolean> {
  await lease?.[Symbol.asyncDispose]();
  return lease !== undefined;
}
