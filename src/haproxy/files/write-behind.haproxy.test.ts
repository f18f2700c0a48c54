import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { type Line, startHaproxy, startTasks, until } from '../../../test/support/haproxy/live-haproxy.ts';
import { silent } from '../../log/logger.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { createWriteBehind } from './write-behind.ts';
import { createLock } from '../../lib/async/mutex.ts';

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
  return { written, errors, lock, writeBehind: createWriteBehind({ write, lock, log, delay }) };
}

test('the newest of several is written, once', async () => {
  const { written, writeBehind } = create(5);
  const [one, two] = [doc(), doc()];
  writeBehind.follow(one);
  writeBehind.follow(two);
  await until(() => written.length > 0);
  await writeBehind.flush();
  expect(written).toEqual([two]);
  expect(written[0]).toBe(two);
});

test('flush and disposing do not wait for the moment', async () => {
  const { written, writeBehind } = create(60_000);
  writeBehind.follow(doc());
  await writeBehind.flush();
  expect(written).toHaveLength(1);
  writeBehind.follow(doc());
  await writeBehind[Symbol.asyncDispose]();
  expect(written).toHaveLength(2);
});

test('what the files have meanwhile is not overwritten by what is older', async () => {
  const { written, lock, writeBehind } = create(60_000);
  writeBehind.follow(doc());
  const apply = lock(async () => writeBehind.written());
  await Promise.all([apply, writeBehind.flush()]);
  expect(written).toEqual([]);
});

test('a write that fails is said and tried again', async () => {
  const { written, errors, writeBehind } = create(1, [new Error('disk full')]);
  writeBehind.follow(doc());
  await until(() => errors.length === 1);
  expect(errors[0]).toContain('disk full');
  await until(() => written.length === 1);
});

test.each(HAPROXIES)('%s: a reload of files that somebody wrote right after a change takes these files', async (binary) => {
  await using haproxy = await startHaproxy(binary);
  await using tasks = await startTasks(2);
  const lines: Line[] = tasks.ports.map((port, at) => [`s${at}`, port]);
  await haproxy.bring(haproxy.doc(lines.slice(0, 1)));
  const before = await readFile(haproxy.config, 'utf8');
  expect(await haproxy.bring(haproxy.doc(lines))).toMatchObject({ kind: 'runtime' });
  const theirs = before.replace('backend b\n', 'backend b\n  timeout server 77s\n');
  expect(theirs).not.toBe(before);
  await writeFile(haproxy.config, theirs);
  expect(await haproxy.applier.reloadOnDisk(haproxy.signal)).toMatchObject({ kind: 'reload' });
  expect(await readFile(haproxy.config, 'utf8')).toBe(theirs);
  expect(await haproxy.names()).toEqual(['s0']);
});
