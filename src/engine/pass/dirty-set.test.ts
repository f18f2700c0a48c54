import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createDirtySet, union } from './dirty-set.ts';

it('gives what is dirty once, and forgets it where a pass reads it', () => {
  const dirtySet = createDirtySet();
  expect(dirtySet.drain()).toBeUndefined();
  dirtySet.add(new Set(['/a']));
  dirtySet.add(new Set(['/b']));
  expect(dirtySet.drain()).toEqual(new Set(['/a', '/b']));
  expect(dirtySet.drain()).toBeUndefined();
  dirtySet.add('all');
  dirtySet.add(new Set(['/a']));
  expect(dirtySet.drain()).toBe('all');
  dirtySet.add(new Set(['/a']));
  dirtySet.clear();
  expect(dirtySet.drain()).toBeUndefined();
});

it('waits for something dirty or for the signal, and leaves no listener behind', async () => {
  const dirtySet = createDirtySet();
  const ending = new AbortController();
  const waited = dirtySet.wait(ending.signal);
  dirtySet.add(new Set(['/a']));
  await waited;
  await dirtySet.wait(ending.signal);
  expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  dirtySet.drain();
  const second = dirtySet.wait(ending.signal);
  ending.abort();
  await second;
  await dirtySet.wait(AbortSignal.abort());
});

function appsOf(count: number): ReadonlySet<string> {
  return new Set(Array.from({ length: count }, (_, at) => `/${at}`));
}

it('names up to 20 apps; with more, everything is dirty', () => {
  expect(union(appsOf(20), appsOf(1))).toEqual(appsOf(20));
  expect(union(appsOf(20), new Set(['/another']))).toBe('all');
});
