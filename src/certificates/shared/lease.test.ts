import { expect, it } from 'vitest';
import { createLease, type LeaseParts } from './lease.ts';

const clock = (): number => performance.now();
const never = (): Promise<never> => new Promise(() => {});

const lease = (change: Partial<LeaseParts> = {}) =>
  createLease({
    name: 'a store',
    lease: 60_000,
    clock,
    since: clock(),
    renew: async () => true,
    giveBack: async () => {},
    ...change,
  });

it('is given back without the answer of a store that hangs', async () => {
  const taken = lease({ giveBack: never });
  expect(taken.lost.aborted).toBe(false);
  await taken[Symbol.asyncDispose]();
  expect(taken.lost.aborted).toBe(true);
});

it('counts from before the request that took the lock, and is lost at its end', async () => {
  const taken = lease({ since: clock() - 59_900 });
  expect(taken.lost.aborted).toBe(false);
  await expect.poll(() => taken.lost.aborted, { timeout: 10_000 }).toBe(true);
});

it('is lost at its end also if a renewal hangs', async () => {
  const taken = lease({ lease: 150, renew: never });
  await expect.poll(() => taken.lost.aborted, { timeout: 10_000 }).toBe(true);
});

it('is lost with the session that it belongs to', async () => {
  const session = new AbortController();
  const taken = lease({ over: session.signal });
  expect(taken.lost.aborted).toBe(false);
  session.abort();
  expect(taken.lost.aborted).toBe(true);
});
