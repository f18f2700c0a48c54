import { expect, it } from 'vitest';
import { createRestartPause } from './restart-backoff.ts';

it('grows with each start and begins anew after a quiet minute', () => {
  let now = 0;
  const pause = createRestartPause(() => now);
  const next = (): number => {
    const ms = pause.next();
    now += ms;
    return ms;
  };
  expect([next(), next(), next(), next()]).toEqual([0, 250, 500, 1000]);
  for (let round = 0; round < 10; round += 1) next();
  expect(next()).toBe(30_000);
  now += 120_000;
  expect(next()).toBe(0);
});
