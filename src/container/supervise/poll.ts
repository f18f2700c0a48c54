import { setTimeout as sleep } from 'node:timers/promises';

export interface Poll {
  /** A pass every so many seconds, until the signal; after one that failed sooner. */
  run(signal: AbortSignal): Promise<void>;
  /** The next pass comes now. */
  hurry(): void;
}

/** An engine that makes one pass. */
export interface Passes {
  runOnce(signal: AbortSignal): Promise<{ readonly outcome: { readonly kind: string } }>;
}

/** `interval`: seconds. */
export function createPoll(engine: Passes, interval: number): Poll {
  let wait = new AbortController();
  return {
    async run(signal) {
      while (!signal.aborted) {
        wait = new AbortController();
        const record = await engine.runOnce(signal).catch((error: unknown) => {
          if (signal.aborted) return undefined;
          throw error;
        });
        const kind = record?.outcome.kind;
        const seconds = kind === 'failed' || kind === 'held' ? Math.min(interval, RETRY) : interval;
        await sleep(seconds * 1000, undefined, { signal: AbortSignal.any([signal, wait.signal]) }).catch(() => {});
      }
    },
    hurry: () => wait.abort(),
  };
}

/** Seconds. */
const RETRY = 10;
