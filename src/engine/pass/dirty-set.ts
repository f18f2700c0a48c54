import { united } from './merge-requests.ts';
import type { Dirty } from '../snapshot/app-cache.ts';

/** What Marathon tells while a pass is under way; the pass after it reads the same again. */
export interface News {
  /** What is to be read again since the pass began, or since this was asked last; undefined: nothing. */
  take(): Dirty | undefined;
  /** Waits until there is something to take, or until the signal. */
  wait(signal: AbortSignal): Promise<void>;
}

export interface NewsDesk extends News {
  add(dirty: Dirty): void;
  /** A pass begins that reads all that was told. */
  clear(): void;
}

export function createNews(): NewsDesk {
  let untaken: Dirty | undefined;
  let wake: () => void = idle;

  return {
    add(dirty) {
      untaken = untaken === undefined ? dirty : united(untaken, dirty);
      wake();
    },
    clear() {
      untaken = undefined;
    },
    take() {
      const taken = untaken;
      untaken = undefined;
      return taken;
    },
    async wait(signal) {
      if (untaken !== undefined || signal.aborted) return;
      const { promise, resolve } = withResolver();
      wake = resolve;
      signal.addEventListener('abort', resolve);
      await promise;
      signal.removeEventListener('abort', resolve);
      wake = idle;
    },
  };
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = idle;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function idle(): void {}
