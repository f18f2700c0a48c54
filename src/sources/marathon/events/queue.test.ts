import { expect, test } from 'vitest';
import type { SourceEvent } from '../../source.ts';
import { createQueue } from './queue.ts';

const changed = (workload: string, at = 0, taskStatus?: string): SourceEvent => ({
  kind: 'changed',
  workload,
  cause: 'status_update_event',
  taskStatus,
  at,
});

async function drain(queue: AsyncIterable<SourceEvent>): Promise<SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const event of queue) events.push(event);
  return events;
}

test('equal hints that wait are one, in order, with the first time', async () => {
  const queue = createQueue();
  for (const event of [changed('/a', 1), changed('/b', 2), changed('/a', 3), changed('/a', 4, 'TASK_KILLING')]) queue.push(event);
  queue.end();
  expect(await drain(queue)).toEqual([changed('/a', 1), changed('/b', 2), changed('/a', 4, 'TASK_KILLING')]);
});

test('what was taken already comes again', async () => {
  const queue = createQueue();
  const seen: string[] = [];
  queue.push(changed('/a'));
  queue.push(changed('/b'));
  for await (const event of queue) {
    if (event.kind === 'changed') seen.push(event.workload ?? 'all');
    if (seen.length === 1) queue.push(changed('/a'));
    if (seen.length === 2) queue.push(changed('/b'));
    if (seen.length === 4) queue.end();
  }
  expect(seen).toEqual(['/a', '/b', '/a', '/b']);
});

test('a consumer who waits is woken', async () => {
  const queue = createQueue();
  const all = drain(queue);
  await new Promise(setImmediate);
  queue.push(changed('/a'));
  await new Promise(setImmediate);
  queue.push(changed('/a'));
  queue.end();
  expect(await all).toHaveLength(2);
});

test('a flood becomes one hint about everything, and what was lost or opened is kept', async () => {
  const queue = createQueue(3);
  queue.push({ kind: 'opened', url: 'http://m' });
  for (const app of ['/a', '/b', '/c', '/d']) queue.push(changed(app));
  queue.end();
  const events = await drain(queue);
  expect(events.map((event) => (event.kind === 'changed' ? event.workload : event.kind))).toEqual(['opened', undefined, '/d']);
});

test('an error comes after what waits', async () => {
  const queue = createQueue();
  queue.push(changed('/a'));
  queue.end(new Error('over'));
  const iterator = queue[Symbol.asyncIterator]();
  expect(await iterator.next()).toMatchObject({ value: { workload: '/a' } });
  await expect(iterator.next()).rejects.toThrow('over');
});

test('an overflow while events are taken leaves nothing of the old ones', async () => {
  const queue = createQueue(3);
  const events = queue[Symbol.asyncIterator]();
  for (const app of ['/a', '/b', '/c']) queue.push(changed(app));
  expect((await events.next()).value).toEqual(changed('/a'));
  for (const app of ['/d', '/e']) queue.push(changed(app));
  queue.end();
  expect((await events.next()).value).toMatchObject({ workload: undefined });
  expect(await events.next()).toMatchObject({ done: true });
});
