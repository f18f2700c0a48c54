import { expect, it } from 'vitest';
import { whileChecking } from './while-checking.ts';
import { createDirtySet } from './dirty-set.ts';
import type { Dirty } from '../../sources/source.ts';

const { signal } = new AbortController();

function work() {
  const done: { resolve?: (value: string) => void; reject?: (error: Error) => void } = {};
  const promise = new Promise<string>((resolve, reject) => Object.assign(done, { resolve, reject }));
  return { promise, resolve: (value: string) => done.resolve?.(value), reject: (error: Error) => done.reject?.(error) };
}

it('follows what becomes dirty until the check ends, changes of the last moment included', async () => {
  const dirtySet = createDirtySet();
  const { promise, resolve } = work();
  const followed: Dirty[] = [];
  const follow = async (dirty: Dirty): Promise<void> => {
    if (followed.push(dirty) < 2) return;
    resolve('done');
    await promise;
    if (followed.length === 2) dirtySet.add(new Set(['/late']));
  };
  const waited = whileChecking(promise, dirtySet, follow, signal);
  dirtySet.add(new Set(['/a']));
  await expect.poll(() => followed).toEqual([new Set(['/a'])]);
  dirtySet.add(new Set(['/b']));
  expect(await waited).toBe('done');
  expect(followed).toEqual([new Set(['/a']), new Set(['/b']), new Set(['/late'])]);
});

it('ends a read of everything with the work', async () => {
  const dirtySet = createDirtySet();
  const { promise, resolve } = work();
  const follow = async (dirty: Dirty, over: AbortSignal): Promise<void> => {
    expect(dirty).toBe('all');
    resolve('done');
    await new Promise((ended) => over.addEventListener('abort', ended));
  };
  dirtySet.add('all');
  expect(await whileChecking(promise, dirtySet, follow, signal)).toBe('done');
});

it('reads everything once at most', async () => {
  const dirtySet = createDirtySet();
  const { promise, resolve } = work();
  const followed: Dirty[] = [];
  const follow = async (dirty: Dirty): Promise<void> => void followed.push(dirty);
  dirtySet.add('all');
  const waited = whileChecking(promise, dirtySet, follow, signal);
  await expect.poll(() => followed).toEqual(['all']);
  dirtySet.add('all');
  await new Promise(setImmediate);
  dirtySet.add(new Set(['/a']));
  await expect.poll(() => followed).toEqual(['all', new Set(['/a'])]);
  resolve('done');
  await waited;
});

it('does not wait long for apps that cannot be read when the work is done', async () => {
  const dirtySet = createDirtySet();
  const { promise, resolve } = work();
  const follow = async (_: Dirty, late: AbortSignal): Promise<void> => {
    resolve('done');
    await new Promise((ended) => late.addEventListener('abort', ended));
  };
  dirtySet.add(new Set(['/a']));
  expect(await whileChecking(promise, dirtySet, follow, signal, 10)).toBe('done');
});

it('leaves no check behind if the changes cannot be followed', async () => {
  const dirtySet = createDirtySet();
  const { promise, resolve } = work();
  const ended: string[] = [];
  const follow = async (): Promise<void> => {
    setImmediate(() => {
      ended.push('work');
      resolve('done');
    });
    throw new Error('no');
  };
  dirtySet.add(new Set(['/a']));
  await expect(whileChecking(promise, dirtySet, follow, signal)).rejects.toThrow('no');
  expect(ended).toEqual(['work']);
});

it('throws what the work throws, also where nobody waits for it at that moment', async () => {
  const dirtySet = createDirtySet();
  const { promise, reject } = work();
  const follow = async (): Promise<void> => {
    reject(new Error('no'));
    await new Promise(setImmediate);
  };
  dirtySet.add(new Set(['/a']));
  await expect(whileChecking(promise, dirtySet, follow, signal)).rejects.toThrow('no');
  await expect(whileChecking(Promise.reject(new Error('no')), undefined, follow, signal)).rejects.toThrow('no');
});
