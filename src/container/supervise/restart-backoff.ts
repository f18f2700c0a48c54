/** Returns the wait before HAProxy is started again: none at first, then twice as long each time. */
export interface RestartPause {
  /** Milliseconds. */
  next(): number;
}

/** `clock`: milliseconds of a monotonic clock. After a quiet minute it begins anew. */
export function createRestartPause(clock: () => number = () => performance.now()): RestartPause {
  let pause = 0;
  let last = -Infinity;
  return {
    next() {
      if (clock() - last > pause + QUIET) pause = 0;
      else pause = Math.min(LONGEST, pause === 0 ? FIRST : pause * 2);
      last = clock();
      return pause;
    },
  };
}

const FIRST = 250;
const LONGEST = 30_000;
const QUIET = 60_000;
