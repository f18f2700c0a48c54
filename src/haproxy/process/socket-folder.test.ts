import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePassableFolder, makePrivateFolder, SOCKET_FOLDER, STATE_FOLDER } from './socket-folder.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'private-'));
  path = join(folder, 'a', 'b');
});
afterEach(() => rm(folder, { recursive: true }));

describe('makePrivateFolder', () => {
  it('lets others read a state folder, but not write', async () => {
    await makePrivateFolder(path, STATE_FOLDER);
    expect((await stat(path)).mode & 0o777).toBe(0o750);
    await chmod(path, 0o755);
    await makePrivateFolder(path, STATE_FOLDER);
    await chmod(path, 0o1777);
    await makePrivateFolder(path, STATE_FOLDER);
    expect((await stat(path)).mode & 0o7777).toBe(0o750);
    await writeFile(join(path, 'file'), '');
    await chmod(path, 0o777);
    await expect(makePrivateFolder(path, STATE_FOLDER)).rejects.toThrow(
      /the state folder \(--state-dir\), is open to other users.*chmod 750/,
    );
  });

  it('makes it for its owner alone, and takes it again', async () => {
    await makePrivateFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await makePrivateFolder(path);
  });

  it('refuses what others could use', async () => {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'file'), '');
    await chmod(path, 0o755);
    await expect(makePrivateFolder(path)).rejects.toThrow(/open to other users \(mode 755\).*chmod 700/);
    await chmod(path, 0o700);
    // A code of its own: said in a line, not as a crash.
    await expect(makePrivateFolder(path, SOCKET_FOLDER, 4711)).rejects.toMatchObject({ code: 'files-unwritable' });
    await expect(makePrivateFolder(path, SOCKET_FOLDER, 4711)).rejects.toThrow(/belongs to user .* not to 4711/);
    await symlink(path, join(folder, 'link'));
    await expect(makePrivateFolder(join(folder, 'link'))).rejects.toThrow(/is no folder/);
    await writeFile(join(folder, 'file'), '');
    await expect(makePrivateFolder(join(folder, 'file'))).rejects.toThrow(/EEXIST/);
  });
});

describe.runIf(process.getuid?.() === 0)('root', () => {
  it('takes over an empty folder of another user, and no other', async () => {
    await mkdir(path, { recursive: true });
    await chown(path, 4711, 4711);
    await chmod(path, 0o775);
    await makePrivateFolder(path, STATE_FOLDER);
    expect(await stat(path)).toMatchObject({ uid: 0, gid: 0, mode: 0o40750 });
    await writeFile(join(path, 'file'), '');
    await chown(path, 4711, 4711);
    await expect(makePrivateFolder(path, STATE_FOLDER)).rejects.toThrow(/belongs to user 4711, not to 0.*chown -R 0/);
    expect(await stat(path)).toMatchObject({ uid: 4711, gid: 4711, mode: 0o40750 });
  });
});

describe('makePassableFolder', () => {
  it('lets others pass, also through one that is there', async () => {
    await makePassableFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o711);
    await chmod(path, 0o700);
    await makePassableFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o711);
  });

  it('refuses one that others can write', async () => {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'file'), '');
    await chmod(path, 0o733);
    await expect(makePassableFolder(path)).rejects.toThrow(/own endpoints, is open to other users \(mode 733\).*chmod 711/);
  });
});
