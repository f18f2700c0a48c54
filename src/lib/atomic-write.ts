import { chmod, chown, open, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from './errors.ts';

/** Owner and permissions that a file gets: those of the file it replaces. */
export interface Access {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Returns the name under which a process writes a file before it is renamed. Removes what killed processes left under their names. */
export async function temporaryFor(target: string, pid = process.pid): Promise<string> {
  await removeOrphans(target);
  return join(dirname(target), `${prefixOf(target)}${pid}.new`);
}

function prefixOf(target: string): string {
  return `.${basename(target)}.`;
}

/** Removes what processes left behind that were killed while they wrote. */
async function removeOrphans(target: string): Promise<void> {
  const [folder, prefix] = [dirname(target), prefixOf(target)];
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const [, pid] = /^(\d+)\.new$/.exec(name.slice(prefix.length)) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** The mode of a new file: a configuration holds hashes of passwords, so others may not read it. */
export const CREATED: Access = { mode: 0o640 };

/** Returns the access of a file that is there, and `created` for one that is not. */
export async function accessOf(path: string, created: Access = CREATED): Promise<Access> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { mode: mode & 0o777, owner: { uid, gid } };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return created;
  }
}

/** Writes a file that is readable only by its owner until it has its final mode, and waits until the disk has it. */
export async function writeDurably(path: string, text: string, access: Access): Promise<void> {
  await rm(path, { force: true });
  let file: FileHandle | undefined = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    file = undefined;
    await giveAccess(path, access);
  } catch (error) {
    await file?.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Sets owner and permissions; an owner that may not be given away (no root) stays the one who writes. */
export async function giveAccess(path: string, access: Access): Promise<void> {
  const { owner, mode } = access;
  if (owner !== undefined && (owner.uid !== process.getuid?.() || owner.gid !== process.getgid?.())) {
    await chown(path, owner.uid, owner.gid).catch((error: unknown) => {
      if (systemCode(error) !== 'EPERM') throw error;
    });
  }
  await chmod(path, mode);
}

/** Waits until the disk has the names of a folder's files. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot sync folders; the rename itself has happened.
  } finally {
    await handle.close();
  }
}
