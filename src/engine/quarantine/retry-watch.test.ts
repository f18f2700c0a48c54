import { expect, test } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { createRetryWatch } from './retry-watch.ts';
import type { Rejection } from './candidate.ts';

const bind = { line: 1, host: '0.0.0.0', port: 10_001, shown: '*:10001', isOnlyV6: false };
const none = { servers: [], isOfServers: false, files: [], label: undefined, steps: 1, effect: 'nothing' } as const;
const taken: Rejection = { ...none, definition: service(1), message: 'cannot bind', bind };
const wrong: Rejection = { ...none, definition: service(2), message: 'nonsense', bind: undefined };

function create() {
  const fake = { now: 0, isFree: false, fingerprint: 'none', asked: [] as number[] };
  const isBindable = async () => {
    fake.asked.push(fake.now);
    return fake.isFree;
  };
  return { fake, watch: createRetryWatch({ isBindable, fingerprintOf: async () => fake.fingerprint, clock: () => fake.now }) };
}

test('an address is tried after ever longer pauses, until it can be had', async () => {
  const { fake, watch } = create();
  const rejected = new Map([['a', taken]]);
  for (let passes = 0; passes < 8; passes += 1) {
    expect(await watch.review(rejected)).toBe(rejected);
    fake.now += watch.nextIn(rejected) ?? Number.NaN;
  }
  expect(fake.asked).toEqual([5000, 15_000, 35_000, 75_000, 135_000, 195_000, 255_000]);
  fake.isFree = true;
  expect(await watch.review(rejected)).toEqual(new Map());
  // HAProxy could not have it all the same.
  expect(watch.nextIn(new Map([['a', { ...taken }]]))).toBe(60_000);
});

test('all else is tried every minute, less often after many refusals', async () => {
  const { fake, watch } = create();
  const pauses: (number | undefined)[] = [];
  for (let refusals = 0; refusals < 9; refusals += 1) {
    const rejected = new Map([['b', { ...wrong }]]);
    pauses.push(watch.nextIn(rejected));
    expect(await watch.review(rejected)).toBe(rejected);
    fake.now += pauses.at(-1) ?? Number.NaN;
    expect(await watch.isDue(rejected)).toBe(true);
    expect(await watch.review(rejected)).toEqual(new Map());
  }
  expect(pauses.map((pause) => (pause ?? 0) / 60_000)).toEqual([1, 1, 1, 1, 1, 2, 4, 5, 5]);
});

test('a file that appears makes it due within a second', async () => {
  const { fake, watch } = create();
  const rejected = new Map([['b', { ...wrong, files: ['/x.pem'] }]]);
  expect(await watch.isDue(rejected)).toBe(false);
  expect(watch.nextIn(rejected)).toBe(1000);
  fake.fingerprint = 'written';
  expect(await watch.isDue(rejected)).toBe(true);
});

test('a service that was accepted meanwhile begins anew', async () => {
  const { fake, watch } = create();
  const rejected = new Map([['a', taken]]);
  await watch.review(rejected);
  fake.now = 9000;
  await watch.review(rejected);
  expect(watch.nextIn(rejected)).toBe(10_000);
  expect(watch.nextIn(new Map())).toBeUndefined();
  expect(watch.nextIn(rejected)).toBe(5000);
});

test('what made a reload fail is tried less and less often, also if everything is read again', async () => {
  const { fake, watch } = create();
  const tries: number[] = [];
  let rejected = new Map([['a', { ...taken, isOfStart: true }]]);
  fake.isFree = true;
  await watch.isDue(rejected);
  for (let seconds = 0; seconds < 7200; seconds += 5) {
    fake.now = seconds * 1000;
    const isEverything = seconds % 300 === 0;
    const left = await (isEverything ? watch.keep(rejected) : watch.review(rejected));
    if (left.size > 0) continue;
    tries.push(Math.round(seconds / 60));
    rejected = new Map([['a', { ...taken, isOfStart: true }]]);
    await watch.isDue(rejected);
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 63]);
});

test('what made a reload fail is tried as soon as its address gets free', async () => {
  const { fake, watch } = create();
  const rejected = new Map([['a', { ...taken, isOfStart: true }]]);
  expect(await watch.isDue(rejected)).toBe(false);
  fake.now = 5000;
  expect(await watch.isDue(rejected)).toBe(false);
  fake.isFree = true;
  fake.now = 15_000;
  expect(await watch.isDue(rejected)).toBe(true);
});

test('a refusal that is no failed reload does not stay when everything is read again', async () => {
  const { watch } = create();
  expect(
    await watch.keep(
      new Map([
        ['a', taken],
        ['b', wrong],
      ]),
    ),
  ).toEqual(new Map());
});

test('other servers are tried some seconds after the refusal', async () => {
  const { fake, watch } = create();
  const rejected = new Map([['b', wrong]]);
  await watch.isDue(rejected);
  fake.now = 2000;
  expect(watch.mayRetry('b')).toBe(false);
  expect(watch.nextIn(rejected)).toBe(3000);
  expect(await watch.isDue(rejected)).toBe(false);
  fake.now = 5000;
  expect(watch.mayRetry('b')).toBe(true);
  expect(await watch.isDue(rejected)).toBe(true);
  expect(watch.mayRetry('other')).toBe(true);
});
