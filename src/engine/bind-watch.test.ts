import { expect, test } from 'vitest';
import { service } from '../../test/support/documents.ts';
import { createBindWatch } from './bind-watch.ts';
import type { Rejection } from './ward.ts';

const bind = { line: 1, host: '0.0.0.0', port: 10_001, shown: '*:10001', isOnlyV6: false };
const taken: Rejection = { definition: service(1), message: 'cannot bind', label: undefined, bind };
const wrong: Rejection = { definition: service(2), message: 'nonsense', label: undefined, bind: undefined };

function create() {
  const world = { now: 0, isFree: false, asked: [] as number[] };
  const isBindable = async () => {
    world.asked.push(world.now);
    return world.isFree;
  };
  return { world, watch: createBindWatch({ isBindable, clock: () => world.now }) };
}

test('an address is tried after ever longer pauses, until it can be had', async () => {
  const { world, watch } = create();
  const rejected = new Map([
    ['a', taken],
    ['b', wrong],
  ]);
  for (let passes = 0; passes < 8; passes += 1) {
    expect(await watch.review(rejected)).toBe(rejected);
    world.now += watch.nextIn(rejected) ?? Number.NaN;
  }
  expect(world.asked).toEqual([5000, 15_000, 35_000, 75_000, 135_000, 195_000, 255_000]);
  world.isFree = true;
  expect([...(await watch.review(rejected)).keys()]).toEqual(['b']);
  // HAProxy could not have it all the same.
  expect(watch.nextIn(rejected)).toBe(60_000);
});

test('nothing is waited for where labels are to be mended; who was fine meanwhile begins anew', async () => {
  const { world, watch } = create();
  expect(watch.nextIn(new Map([['b', wrong]]))).toBeUndefined();
  const rejected = new Map([['a', taken]]);
  await watch.review(rejected);
  world.now = 9000;
  await watch.review(rejected);
  expect(watch.nextIn(rejected)).toBe(10_000);
  expect(watch.nextIn(new Map())).toBeUndefined();
  expect(watch.nextIn(rejected)).toBe(5000);
});
