import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';

/** A pass every so many seconds, until the signal; after one that failed sooner. */
export async function poll(engine: Pick<Engine, 'runOnce'>, interval: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { outcome } = await engine.runOnce(signal);
      const wait = outcome.kind === 'failed' || outcome.kind === 'held' ? Math.min(interval, RETRY) : interval;
      await sleep(wait * 1000, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Seconds. */
const RETRY = 10;
