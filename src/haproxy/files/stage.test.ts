import { spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stage } from './stage.ts';

let folder = '';
let config = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-staged-'));
  config = join(folder, 'haproxy.cfg');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (path: string, text: string) => {
  await using staged = await stage([{ path, text }]);
  await staged.commit();
};

test('a new file is 0640, nothing else is left behind', async () => {
  await write(config, 'new');
  expect(await readFile(config, 'utf8')).toBe('new');
  expect((await stat(config)).mode & 0o777).toBe(0o640);
  expect(await readdir(folder)).toEqual(['haproxy.cfg']);
});

test('permissions and owner stay as they were', async () => {
  await writeFile(config, 'old');
  await chmod(config, 0o640);
  const root = process.getuid?.() === 0;
  if (root) await chown(config, 1234, 4321);
  await write(config, 'new');
  expect(await stat(config)).toMatchObject({ mode: 0o100640, ...(root ? { uid: 1234, gid: 4321 } : {}) });
});

test('nothing changes until the commit, and disposing without one takes the temporary files away', async () => {
  await writeFile(config, 'old');
  {
    await using staged = await stage([{ path: config, text: 'new' }]);
    expect(await readFile(staged.temporary.get(config) ?? '', 'utf8')).toBe('new');
    expect(await readFile(config, 'utf8')).toBe('old');
  }
  expect(await readdir(folder)).toEqual(['haproxy.cfg']);
});

test('a symbolic link stays one: the file behind it is replaced', async () => {
  await mkdir(join(folder, 'real'));
  await writeFile(join(folder, 'real', 'it.cfg'), 'old');
  await symlink(join(folder, 'real', 'it.cfg'), config);
  await write(config, 'new');
  expect((await lstat(config)).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, 'real', 'it.cfg'), 'utf8')).toBe('new');
});

test('what a process that was killed has left is taken away', async () => {
  const { pid } = spawnSync('true');
  await writeFile(join(folder, `.haproxy.cfg.${pid}.new`), 'half');
  await write(config, 'new');
  expect(await readdir(folder)).toEqual(['haproxy.cfg']);
});

test('two processes that stage one file do not meet', async () => {
  await using daemon = await stage([{ path: config, text: 'goes live' }]);
  {
    await using explain = await stage([{ path: config, text: 'is only asked about' }], undefined, process.ppid);
    expect(explain.temporary.get(config)).not.toBe(daemon.temporary.get(config));
  }
  await daemon.commit();
  expect(await readFile(config, 'utf8')).toBe('goes live');
});

test('a missing folder is named, with the option', async () => {
  await expect(stage([{ path: join(folder, 'none', 'h.cfg'), text: '' }])).rejects.toMatchObject({
    code: 'files-unwritable',
    message: `${folder}/none/h.cfg cannot be written: the folder ${folder}/none does not exist: create it or name another file with --haproxy-config.`,
  });
});

test('so is a folder that is none', async () => {
  await writeFile(config, '');
  await expect(stage([{ path: join(config, 'h.cfg'), text: '' }])).rejects.toMatchObject({
    code: 'files-unwritable',
    message: expect.stringContaining(`${config} is not a folder`),
  });
});

test('so is a folder that cannot be written, and the files before it are taken away', async () => {
  // /proc refuses new files even to root.
  const files = [
    { path: config, text: 'new' },
    { path: '/proc/haproxy.cfg', text: '' },
  ];
  await expect(stage(files)).rejects.toMatchObject({
    code: 'files-unwritable',
    message: expect.stringMatching(/\/proc.*--haproxy-config/),
  });
  expect(await readdir(folder)).toEqual([]);
});
