import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { endWithin } from './end-within.ts';

const never = (): Promise<never> => new Promise(() => {});

it('returns what the work returns or throws', async () => {
  expect(await endWithin(Promise.resolve(1), 60_000)).toBe(1);
  await expect(endWithin(Promise.reject(new Error('no')), 60_000)).rejects.toThrow('no');
});

it('waits no longer than the limit', async () => {
  expect(await endWithin(never(), 1)).toBeUndefined();
});

it('counts from the signal', async () => {
  const after = new AbortController();
  const waiting = endWithin(
    sleep(50).then(() => 'done'),
    1,
    after.signal,
  );
  expect(await waiting).toBe('done');
  const hanging = endWithin(never(), 1, after.signal);
  after.abort();
  expect(await hanging).toBeUndefined();
  expect(await endWithin(never(), 1, after.signal)).toBeUndefined();
});
