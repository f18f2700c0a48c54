/** Returns the wait before the next try. */
export interface Backoff {
  /** The wait in milliseconds after a failure: random(0…w), and w grows. */
  next(): number;
  /** It works (again): counts from now on towards the reset. */
  healthy(): void;
}

/**
 * Waits as 1.15 does: w begins at 3 s and grows by 1.5 up to `maxSeconds`; after 10 minutes of
 * health it is 3 s again. `now` is a monotonic clock in milliseconds, `random` gives 0 ≤ x < 1.
 */
export function createBackoff(maxSeconds: number, { now, random }: { now: () => number; random: () => number }): Backoff {
  let width = FIRST;
  let healthySince: number | undefined;
  return {
    next: () => {
      if (healthySince !== undefined && now() - healthySince >= HEALTHY_FOR) width = FIRST;
      healthySince = undefined;
      const wait = random() * Math.min(width, maxSeconds) * 1000;
      width = Math.min(width * GROWTH, Math.max(maxSeconds, FIRST));
      return wait;
    },
    healthy: () => {
      healthySince ??= now();
    },
  };
}

const FIRST = 3;
const GROWTH = 1.5;
/** Milliseconds. */
const HEALTHY_FOR = 600_000;
