/** Writes the files that HAProxy reads: all under temporary names first, then each in its place. */
import { access, constants, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Access, accessOf, CREATED, syncFolder, temporaryFor, writeDurably } from '../../lib/atomic-write.ts';
import { systemCode } from '../../lib/errors.ts';
import { HaproxyError } from '../error.ts';
import type { WantedFile } from './config-files.ts';

/** Files written under temporary names in their own folders; disposing removes those that were not committed. */
export interface Staged extends AsyncDisposable {
  /** Path of a wanted file → path of its temporary file. */
  readonly temporary: ReadonlyMap<string, string>;
  /** Renames all into place, in the order they were given. */
  commit(): Promise<void>;
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
    // If even that fails, there is nothing to remove, or the reason was thrown before.
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

/** Returns what a new file of HAProxy gets: readable by its group `gid`, if this program may give files away. */
export function createdFor(gid: number | undefined): Access {
  const uid = process.getuid?.();
  return gid === undefined || uid === undefined ? CREATED : { ...CREATED, owner: { uid, gid } };
}

/** Throws `files-unwritable` if nothing can be written to the folder of a file. */
export async function expectWritable(path: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await guarded(path, () => access(join(dirname(target), '.'), constants.W_OK));
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
