import { setTimeout as sleep } from 'node:timers/promises';

/** Lets reloads through: the first at once, the next ones not before the interval is over. */
export interface ReloadGate {
  /** Milliseconds until a reload may begin; 0: now. */
  remaining(): number;
  /** Waits until a reload may begin; throws the signal's reason. */
  opened(signal: AbortSignal): Promise<void>;
  /** A reload begins. */
  begin(): void;
}

export interface GateDeps {
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** `minInterval`: seconds between the beginnings of two reloads. */
export function createReloadGate(minInterval: number, deps: GateDeps = {}): ReloadGate {
  const { clock = () => performance.now(), wait = (ms, signal) => sleep(ms, undefined, { signal }) } = deps;
  let last = -Infinity;
  const remaining = (): number => Math.max(0, last + minInterval * 1000 - clock());
  return {
    remaining,
    async opened(signal) {
      for (let ms = remaining(); ms > 0; ms = remaining()) await wait(ms, signal);
    },
    begin() {
      last = clock();
    },
  };
}
