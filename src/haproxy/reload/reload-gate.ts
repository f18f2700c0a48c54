/** Says when a reload may begin: the first at once, the next ones not before the interval is over. */
export interface ReloadGate {
  /** Whole milliseconds until a reload may begin; 0: now. */
  remaining(): number;
  /** A reload begins. */
  begin(): void;
}

/** `minInterval`: seconds between the beginnings of two reloads; `clock`: milliseconds of a monotonic clock. */
export function createReloadGate(minInterval: number, clock: () => number = () => performance.now()): ReloadGate {
  let last = -Infinity;
  return {
    remaining: () => Math.max(0, Math.ceil(last + minInterval * 1000 - clock())),
    begin() {
      last = clock();
    },
  };
}
