import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { issue } from '../../test/support/certificates/issue.ts';
import { featuresFor, HAPROXIES } from '../../test/support/haproxy/haproxies.ts';
import { NEVER } from '../lib/async/signals.ts';
import { createHaproxyJudge, type Judged } from './haproxy-judge.ts';
import { readPair } from './pair.ts';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-judge-'));
  lines = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (binary: string, head: string, mostRuns?: number) =>
  createHaproxyJudge({
    mostRuns,
    haproxy: { binary },
    head,
    folder,
    log: { debug: (text) => lines.push(text), warn: (text) => lines.push(text) },
  });

async function pairOf(host: string, bits?: number): Promise<Judged> {
  const pair = readPair((await issue([host], bits === undefined ? {} : { bits })).pem);
  if ('fault' in pair) throw new Error(pair.fault);
  return pair;
}

const NOTHING = { taken: new Set(), refused: new Map() };
const digestsOf = (pairs: readonly Judged[]) => new Set(pairs.map(({ digest }) => digest));

const USUAL = 'global\n  maxconn 10\n  ssl-default-bind-options ssl-min-ver TLSv1.2\ndefaults\n  timeout connect 3s\n';
const STRICT = 'global\n  ssl-security-level 3\n';

describe.each(HAPROXIES)('%s', (binary) => {
  // 2.6 has no settings that refuse a pair which this program takes.
  const knowsLevels = featuresFor(binary).setsLogLevelAtEnd;

  test('takes what is usual', async () => {
    const pairs = [await pairOf('a.test'), await pairOf('b.test', 2048)];
    expect(await open(binary, USUAL).judge(pairs, NEVER)).toEqual({ taken: digestsOf(pairs), refused: new Map() });
    expect(await readdir(folder)).toEqual([]);
  });

  test.runIf(knowsLevels)('refuses some of many, each with its reason', async () => {
    const good = await Promise.all(Array.from({ length: 60 }, (_, at) => pairOf(`g${at}.test`)));
    const [one, two] = [await pairOf('one.test', 2048), await pairOf('two.test', 2048)];
    const pairs = [...good.slice(0, 7), one, ...good.slice(7, 50), two, ...good.slice(50)];
    const { taken, refused: found } = await open(binary, STRICT).judge(pairs, NEVER);
    expect(taken).toEqual(digestsOf(good));
    expect([...found.keys()].sort()).toEqual([one.digest, two.digest].sort());
    expect(found.get(one.digest)).toBe('unable to load SSL certificate into SSL Context: ee key too small');
    expect(lines).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses none if the settings are those of another version', async () => {
    const pairs = [await pairOf('a.test')];
    expect(await open(binary, 'global\n  ssl-of-the-future yes\n').judge(pairs, NEVER)).toEqual(NOTHING);
    expect(lines[0]).toContain('ssl-of-the-future');
  });

  test('takes the settings of its own version only', async () => {
    const pairs = [await pairOf('a.test')];
    const head = 'global\n.if version_atleast(9.9)\n  ssl-of-the-future yes\n.elif version_before(9.9)\n  maxconn 1\n.endif\n';
    expect(await open(binary, head).judge(pairs, NEVER)).toEqual({ taken: digestsOf(pairs), refused: new Map() });
  });

  test.runIf(knowsLevels)('does not ask for ever', async () => {
    const pairs = await Promise.all(Array.from({ length: 6 }, (_, at) => pairOf(`b${at}.test`, 2048)));
    const { taken, refused } = await open(binary, STRICT, 3).judge(pairs, NEVER);
    expect([taken.size, refused.size]).toEqual([0, 3]);
  });

  test('its answers depend on the program, the settings and the TLS library', async () => {
    const stamp = await open(binary, USUAL).stamp(NEVER);
    expect(await open(binary, USUAL).stamp(NEVER)).toBe(stamp);
    expect(await open(binary, STRICT).stamp(NEVER)).not.toBe(stamp);
  });
});

/** A program that is in the place of HAProxy. */
async function programOf(script: string): Promise<string> {
  const path = join(folder, 'haproxy');
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test('another TLS library is another judge', async () => {
  const path = await programOf('cat "${0%/*}/library"');
  const judge = open(path, USUAL);
  const stamps: (string | undefined)[] = [];
  for (const line of ['OpenSSL version : OpenSSL 3.0.1', 'OpenSSL version : OpenSSL 3.0.2', 'SSL library version : AWS-LC 1']) {
    await writeFile(join(folder, 'library'), `HAProxy version 3.2.1\nRunning on ${line}\n`);
    stamps.push(await judge.stamp(NEVER));
  }
  expect(new Set(stamps).size).toBe(3);
});

test('a crash, and alerts about no line, refuse nothing', async () => {
  const pairs = [await pairOf('a.test')];
  for (const script of ['kill -SEGV $$', 'echo "[ALERT] (1) : config : out of memory" >&2; exit 1'])
    expect(await open(await programOf(script), USUAL).judge(pairs, NEVER)).toEqual(NOTHING);
  expect(await readdir(folder)).toEqual(['haproxy']);
});

test('a folder that cannot be written keeps nobody from going on', async () => {
  await writeFile(join(folder, 'file'), '');
  folder = join(folder, 'file', 'state');
  const judge = open('/usr/sbin/haproxy', USUAL);
  expect(await judge.judge([await pairOf('a.test')], NEVER)).toEqual(NOTHING);
  await judge.removeLeft();
  folder = join(folder, '..', '..');
});

test('keys that a killed process left are removed', async () => {
  await mkdir(join(folder, 'certificates-check-a1'));
  await writeFile(join(folder, 'certificates-check-a1', 'key.pem'), 'secret');
  await mkdir(join(folder, 'certificates'));
  await open('/usr/sbin/haproxy', USUAL).removeLeft();
  expect(await readdir(folder)).toEqual(['certificates']);
});

test('a program that is not there judges nothing', async () => {
  const judge = open('/nowhere/haproxy', USUAL);
  expect(await judge.stamp(NEVER)).toBeUndefined();
  expect(await judge.judge([await pairOf('a.test')], NEVER)).toEqual(NOTHING);
  expect(lines).toEqual([expect.stringContaining('/nowhere/haproxy')]);
});
