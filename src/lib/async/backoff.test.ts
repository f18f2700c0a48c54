import { expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

test('the range grows by 1.5 from 3 s to the ceiling', () => {
  const backoff = createBackoff(10, { now: () => 0, random: () => 1 });
  expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([3000, 4500, 6750, 10_000, 10_000, 10_000]);
});

test('the wait is anywhere in the range', () => {
  let random = 0;
  const backoff = createBackoff(300, { now: () => 0, random: () => random });
  expect(backoff.next()).toBe(0);
  random = 0.5;
  expect(backoff.next()).toBe(2250);
});

test('a ceiling below 3 s holds', () => {
  const backoff = createBackoff(1, { now: () => 0, random: () => 1 });
  expect([backoff.next(), backoff.next()]).toEqual([1000, 1000]);
});

test('ten minutes of health, and no less, bring it back to 3 s', () => {
  let now = 0;
  const backoff = createBackoff(300, { now: () => now, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.healthy();
  now = 599_999;
  backoff.healthy();
  expect(backoff.next()).toBe(6750);
  backoff.healthy();
  now += 600_000;
  expect(backoff.next()).toBe(3000);
});
