import type { News } from './dirty-set.ts';
import type { Dirty } from '../snapshot/app-cache.ts';

/**
 * Waits for work that takes its time (HAProxy's check of 10,000 apps takes seconds, the search for a mistake that it does not name many
 * of them) and follows the news meanwhile, those of the last moment included. Everything is read once at most, and that ends with the
 * work, as the next pass reads everything again; any other read ends soon after the work, should Marathon not answer.
 */
export async function meanwhile<T>(
  work: Promise<T>,
  news: News | undefined,
  follow: (dirty: Dirty, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  patience = 1000,
): Promise<T> {
  if (news === undefined) return work;
  const over = new AbortController();
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = work.finally(() => {
    over.abort();
    timer = setTimeout(() => late.abort(), patience);
  });
  // It is awaited below; until then its failure is nobody's.
  ended.catch(() => {});
  const whileAtIt = AbortSignal.any([signal, over.signal]);
  const notForLong = AbortSignal.any([signal, late.signal]);
  try {
    let mayReadAll = true;
    for (let isOver = false; !isOver && !signal.aborted;) {
      await news.wait(whileAtIt);
      isOver = over.signal.aborted;
      const dirty = news.take();
      if (dirty === undefined || (dirty === 'all' && (isOver || !mayReadAll))) continue;
      mayReadAll &&= dirty !== 'all';
      await follow(dirty, dirty === 'all' ? whileAtIt : notForLong);
    }
  } finally {
    // Nothing of it goes on behind the back of the next pass.
    await ended.catch(() => {});
    clearTimeout(timer);
  }
  return ended;
}
