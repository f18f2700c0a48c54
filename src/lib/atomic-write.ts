import { chmod, chown, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HaproxyError, systemCode } from '../haproxy/error.ts';
import type { WantedFile } from '../haproxy/files/config-files.ts';

/** Files written under temporary names in their own folders; disposing removes those that were not committed. */
export interface Staged extends AsyncDisposable {
  /** Path of a wanted file → path of its temporary file. */
  readonly temporary: ReadonlyMap<string, string>;
  /** Renames all into place, in the order they were given. */
  commit(): Promise<void>;
}

/** Owner and permissions that a file gets: those of the file it replaces. */
export interface Access {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Writes files under temporary names beside the ones they are to replace (through symbolic links: beside the real
 * file), with their permissions and owner, on disk for good. Throws `files-unwritable`. Each process has names of its own: what
 * `explain` asks HAProxy about must not go live by the hand of the daemon, which stages the same files.
 */
export async function stage(files: readonly WantedFile[], created: Access = CREATED, pid = process.pid): Promise<Staged> {
  const targets: { target: string; temporary: string }[] = [];
  const temporary = new Map<string, string>();
  const dispose = async () => {
    // Where even that fails there is nothing to take away, or a reason that was thrown before.
    for (const each of targets.splice(0)) await rm(each.temporary, { force: true }).catch(() => {});
  };
  try {
    for (const file of files) {
      const target = await realpath(file.path).catch(() => file.path);
      const each = { target, temporary: await temporaryFor(target, pid) };
      targets.push(each);
      temporary.set(file.path, each.temporary);
      await guarded(file.path, async () => writeDurably(each.temporary, file.text, await accessOf(target, created)));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    temporary,
    async commit() {
      const folders = new Set<string>();
      for (let next = targets[0]; next !== undefined; next = targets[0]) {
        const { target, temporary } = next;
        await guarded(target, () => rename(temporary, target));
        targets.shift();
        folders.add(dirname(target));
      }
      for (const folder of folders) await syncFolder(folder);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** The name under which a process writes a file before it is renamed; what others that were killed left under theirs is removed. */
export async function temporaryFor(target: string, pid = process.pid): Promise<string> {
  await removeLeftovers(target);
  return join(dirname(target), `${prefixOf(target)}${pid}.new`);
}

function prefixOf(target: string): string {
  return `.${basename(target)}.`;
}

/** What was staged by processes that were killed over it. */
async function removeLeftovers(target: string): Promise<void> {
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

/**
 * What a new file gets: a configuration holds hashes of passwords, so that others may not read it.
 */
const CREATED: Access = { mode: 0o640 };

/** Returns what a new file of HAProxy gets: readable by its group `gid`, if this program may give files away. */
export function createdFor(gid: number | undefined): Access {
  const uid = process.getuid?.();
  return gid === undefined || uid === undefined ? CREATED : { ...CREATED, owner: { uid, gid } };
}

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

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot sync folders; the rename itself has happened.
  } finally {
    await handle.close();
  }
}

async function guarded(path: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): HaproxyError {
  const folder = dirname(path);
  const code = systemCode(cause);
  const option = 'or name another file with --haproxy-config';
  const advice: Record<string, string> = {
    ENOENT: `the folder ${folder} does not exist: create it ${option}`,
    ENOTDIR: `${folder} is not a folder: create it ${option}`,
    EACCES: `the folder ${folder} is not writable for this user: give it write permission ${option}`,
    EPERM: `the folder ${folder} is not writable for this user: give it write permission ${option}`,
    EROFS: `the folder ${folder} is on a read-only file system: mount it writable ${option}`,
    ENOSPC: `the disk of ${folder} is full`,
    EBUSY: `the file is mounted on its own, so it cannot be replaced: mount its folder ${folder} instead ${option}`,
  };
  const why = (code === undefined ? undefined : advice[code]) ?? `${code ?? String(cause)} (${option})`;
  return new HaproxyError('files-unwritable', `${path} cannot be written: ${why}.`, { retryable: true, cause });
}
