import { expect, test } from 'vitest';
import { until } from '../../../test/support/haproxy/live-haproxy.ts';
import { silent } from '../../log/logger.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { createFollower } from './write-behind.ts';
import { createLock } from '../../lib/mutex.ts';

const doc = (): ConfigDocument => ({ sections: [], files: [] });

function create(delay: number, faults: Error[] = []) {
  const written: ConfigDocument[] = [];
  const errors: string[] = [];
  const lock = createLock();
  const write = async (doc: ConfigDocument): Promise<void> => {
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    written.push(doc);
  };
  const log = { ...silent, error: (line: string) => void errors.push(line) };
  return { written, errors, lock, follower: createFollower({ write, lock, log, delay }) };
}

test('the newest of several is written, once', async () => {
  const { written, follower } = create(5);
  const [one, two] = [doc(), doc()];
  follower.follow(one);
  follower.follow(two);
  await until(() => written.length > 0);
  await follower.flush();
  expect(written).toEqual([two]);
  expect(written[0]).toBe(two);
});

test('flush and disposing do not wait for the moment', async () => {
  const { written, follower } = create(60_000);
  follower.follow(doc());
  await follower.flush();
  expect(written).toHaveLength(1);
  follower.follow(doc());
  await follower[Symbol.asyncDispose]();
  expect(written).toHaveLength(2);
});

test('what the files have meanwhile is not overwritten by what is older', async () => {
  const { written, lock, follower } = create(60_000);
  follower.follow(doc());
  const apply = lock(async () => follower.written());
  await Promise.all([apply, follower.flush()]);
  expect(written).toEqual([]);
});

test('a write that fails is said and tried again', async () => {
  const { written, errors, follower } = create(1, [new Error('disk full')]);
  follower.follow(doc());
  await until(() => errors.length === 1);
  expect(errors[0]).toContain('disk full');
  await until(() => written.length === 1);
});
