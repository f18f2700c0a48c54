import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockConfig, lockPath, lockStateFolder } from './config-lock.ts';
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

test('the file behind a link is locked', async () => {
  await writeFile(config, '');
  await symlink(config, join(folder, 'link.cfg'));
  await using _first = await lockConfig(config);
  await expect(lockConfig(join(folder, 'link.cfg'), process.ppid)).rejects.toMatchObject({ code: 'config-locked' });
});

test('the lock of a process that has ended, and whose parent has not asked for its status, is taken over', async () => {
  // The shell is replaced by a program that does not wait for its child.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
    await writeFile(lockPath(config), `${pid} 12345\n`);
    await using _lock = await lockConfig(config);
    expect(await readFile(lockPath(config), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a state folder has one process, too', async () => {
  await using _first = await lockStateFolder(folder);
  await expect(lockStateFolder(folder, process.ppid)).rejects.toMatchObject({
    code: 'state-locked',
    message: `the state folder ${folder} is in use by another marathon-lb (pid ${process.pid}): stop it, or give this one a folder of its own with --state-dir`,
  });
});

test.each([
  ['a process that is no more', async () => `${await deadPid()} 12345\n`],
  ['another process with the same number, as after the restart of a container', async () => `${process.ppid} 1\n`],
  ['nothing that can be read', async () => 'x'],
  ['number 0, which is no process', async () => '0 \n'],
  ['a number that no process can have', async () => '9999999999 \n'],
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
