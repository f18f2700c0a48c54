import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createNews } from './dirty-set.ts';

it('gives what is dirty once, and forgets it where a pass reads it', () => {
  const news = createNews();
  expect(news.take()).toBeUndefined();
  news.add(new Set(['/a']));
  news.add(new Set(['/b']));
  expect(news.take()).toEqual(new Set(['/a', '/b']));
  expect(news.take()).toBeUndefined();
  news.add('all');
  news.add(new Set(['/a']));
  expect(news.take()).toBe('all');
  news.add(new Set(['/a']));
  news.clear();
  expect(news.take()).toBeUndefined();
});

it('waits for news or for the signal, and leaves no listener behind', async () => {
  const news = createNews();
  const ending = new AbortController();
  const waited = news.wait(ending.signal);
  news.add(new Set(['/a']));
  await waited;
  await news.wait(ending.signal);
  expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  news.take();
  const second = news.wait(ending.signal);
  ending.abort();
  await second;
  await news.wait(AbortSignal.abort());
});
