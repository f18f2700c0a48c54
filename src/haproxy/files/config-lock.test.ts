import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockConfig, lockPath } from './config-lock.ts';
import { startOf } from '../process/processes.ts';

let folder = '';
let config = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-lock-'));
  config = join(folder, 'haproxy.cfg');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a second process is refused with the number of the first, until that gives it back', async () => {
  const first = await lockConfig(config);
  await expect(lockConfig(config, process.ppid)).rejects.toMatchObject({
    code: 'config-locked',
    message: expect.stringMatching(
      new RegExp(`haproxy\\.cfg is written by another marathon-lb \\(pid ${process.pid}\\).*--haproxy-config`),
    ),
  });
  await first[Symbol.asyncDispose]();
  await using _second = await lockConfig(config, process.ppid);
  expect(await readdir(folder)).toEqual(['.haproxy.cfg.lock']);
});

test.each([
  ['a process that is no more', async () => `${await deadPid()} 12345\n`],
  ['another process with the same number, as after the restart of a container', async () => `${process.ppid} 1\n`],
  ['nothing that can be read', async () => 'x'],
])('the lock of %s is taken over', async (_, text) => {
  await writeFile(lockPath(config), await text());
  await using _lock = await lockConfig(config);
  expect(await readFile(lockPath(config), 'utf8')).toBe(`${process.pid} ${await startOf(process.pid)}\n`);
});

test('of many that start at once, one gets it', async () => {
  await writeFile(lockPath(config), `${await deadPid()} 12345\n`);
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' }),
  );
  try {
    const tries = await Promise.allSettled(children.map(({ pid }) => lockConfig(config, pid)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
});

test('a folder that cannot be written has no lock', async () => {
  await using _lock = await lockConfig(join(folder, 'none', 'haproxy.cfg'));
  expect(await readdir(folder)).toEqual([]);
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}
