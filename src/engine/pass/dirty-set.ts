import type { Dirty } from '../../sources/source.ts';

/** The workloads that became dirty since the running pass began; the next pass reads them again. */
export interface DirtySet {
  add(dirty: Dirty): void;
  /** Forgets everything: a pass begins that reads it. */
  clear(): void;
  /** Returns what became dirty since the pass began, or since the last call; undefined if nothing did. */
  drain(): Dirty | undefined;
  /** Waits until something is dirty, or until the signal. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createDirtySet(): DirtySet {
  let dirtySoFar: Dirty | undefined;
  let wake: () => void = idle;

  return {
    add(dirty) {
      dirtySoFar = dirtySoFar === undefined ? dirty : union(dirtySoFar, dirty);
      wake();
    },
    clear() {
      dirtySoFar = undefined;
    },
    drain() {
      const drained = dirtySoFar;
      dirtySoFar = undefined;
      return drained;
    },
    async wait(signal) {
      if (dirtySoFar !== undefined || signal.aborted) return;
      const { promise, resolve } = withResolver();
      wake = resolve;
      signal.addEventListener('abort', resolve);
      await promise;
      signal.removeEventListener('abort', resolve);
      wake = idle;
    },
  };
}

/** If more workloads than this are dirty, everything is read at once. */
const MAX_DIRTY = 20;

/** Returns what is dirty in the one or the other. */
export function union(some: Dirty, more: Dirty): Dirty {
  if (some === 'all' || more === 'all') return 'all';
  const both = new Set([...some, ...more]);
  return both.size > MAX_DIRTY ? 'all' : both;
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = idle;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function idle(): void {}
