import { mkdtemp, readdir, rm } from 'node:fs/promises';
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

const open = (binary: string, head: string) =>
  createHaproxyJudge({
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

const USUAL = 'global\n  maxconn 10\n  ssl-default-bind-options ssl-min-ver TLSv1.2\ndefaults\n  timeout connect 3s\n';
const STRICT = 'global\n  ssl-security-level 3\n';

describe.each(HAPROXIES)('%s', (binary) => {
  // 2.6 has no settings that refuse a pair which this program takes.
  const knowsLevels = featuresFor(binary).setsLogLevelAtEnd;

  test('takes what is usual', async () => {
    const pairs = [await pairOf('a.test'), await pairOf('b.test', 2048)];
    expect(await open(binary, USUAL).refusals(pairs, NEVER)).toEqual(new Map());
    expect(await readdir(folder)).toEqual([]);
  });

  test.runIf(knowsLevels)('refuses some of many, each with its reason', async () => {
    const good = await Promise.all(Array.from({ length: 60 }, (_, at) => pairOf(`g${at}.test`)));
    const [one, two] = [await pairOf('one.test', 2048), await pairOf('two.test', 2048)];
    const pairs = [...good.slice(0, 7), one, ...good.slice(7, 50), two, ...good.slice(50)];
    const found = await open(binary, STRICT).refusals(pairs, NEVER);
    expect([...found.keys()].sort()).toEqual([one.digest, two.digest].sort());
    expect(found.get(one.digest)).toBe('unable to load SSL certificate into SSL Context: ee key too small');
    expect(lines).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses none if the settings are those of another version', async () => {
    const pairs = [await pairOf('a.test')];
    expect(await open(binary, 'global\n  ssl-of-the-future yes\n').refusals(pairs, NEVER)).toEqual(new Map());
    expect(lines).toEqual([expect.stringContaining('ssl-of-the-future')]);
  });
});

test('a program that is not there judges nothing', async () => {
  const judge = open('/nowhere/haproxy', USUAL);
  expect(judge.stamp()).toBeUndefined();
  expect(await judge.refusals([await pairOf('a.test')], NEVER)).toEqual(new Map());
  expect(lines).toEqual([expect.stringContaining('/nowhere/haproxy')]);
});
