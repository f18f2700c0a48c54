import type { Dirty } from '../../sources/source.ts';
import type { DirtySet } from './dirty-set.ts';

/**
 * Waits for a check (that of 10,000 apps takes seconds, the search for a mistake that HAProxy does not name many of them) and calls
 * `follow` for what becomes dirty until it ends, the last moment included. Everything is read at most once, and that read ends with the
 * check, as the next pass reads everything again; any other read ends soon after the check, even if the source does not answer.
 */
export async function whileChecking<T>(
  check: Promise<T>,
  dirtySet: Pick<DirtySet, 'drain' | 'wait'> | undefined,
  follow: (dirty: Dirty, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  patience = 1000,
): Promise<T> {
  if (dirtySet === undefined) return check;
  const over = new AbortController();
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = check.finally(() => {
    over.abort();
    timer = setTimeout(() => late.abort(), patience);
  });
  // It is awaited below; until then its failure is not unhandled.
  ended.catch(() => {});
  const whileAtIt = AbortSignal.any([signal, over.signal]);
  const notForLong = AbortSignal.any([signal, late.signal]);
  try {
    let mayReadAll = true;
    for (let isOver = false; !isOver && !signal.aborted;) {
      await dirtySet.wait(whileAtIt);
      isOver = over.signal.aborted;
      const dirty = dirtySet.drain();
      if (dirty === undefined || (dirty === 'all' && (isOver || !mayReadAll))) continue;
      mayReadAll &&= dirty !== 'all';
      await follow(dirty, dirty === 'all' ? whileAtIt : notForLong);
    }
  } finally {
    // The next pass must not run beside it.
    await ended.catch(() => {});
    clearTimeout(timer);
  }
  return ended;
}
