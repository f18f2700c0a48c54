import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { headFolders } from '../../haproxy-config/head-folders.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../log/logger.ts';
import { HaproxyError } from '../error.ts';

/** The purpose of a folder, and the rights of others in it. */
export interface FolderUse {
  /** For messages: "the folder of HAProxy's runtime socket". */
  readonly what: string;
  /** Of a folder that is made. */
  readonly mode: number;
  /** Permissions that a folder must not have. */
  readonly forbidden: number;
}

/** Whoever writes to the runtime socket rules HAProxy. */
export const SOCKET_FOLDER: FolderUse = { what: "the folder of HAProxy's runtime socket", mode: 0o700, forbidden: 0o077 };

/** A user who may write there could replace the files that this program writes by links. */
export const STATE_FOLDER: FolderUse = { what: 'the state folder (--state-dir)', mode: 0o750, forbidden: 0o022 };

/** HAProxy's user passes it on its way to a socket. Who may write there could put another socket in its place. */
const PASSABLE_FOLDER: FolderUse = { what: "the folder of the program's own endpoints", mode: 0o711, forbidden: 0o022 };

/** Makes a folder that only this user writes to and that others can pass, as `makePrivateFolder` makes one. */
export async function makePassableFolder(path: string): Promise<void> {
  await makePrivateFolder(path, PASSABLE_FOLDER);
  // One that systemd or a narrow umask made is for its owner alone.
  await chmod(path, PASSABLE_FOLDER.mode);
}

/**
 * Makes a folder if it is missing. A folder that is a link, belongs to another user or is open to others is refused with a `HaproxyError`
 * that says how to fix it. An empty one is made private in place of that, by root also one of another user: a mount is often open to all, and
 * the image has a state folder for those who run it without root.
 */
export async function makePrivateFolder(
  path: string,
  { what, mode, forbidden }: FolderUse = SOCKET_FOLDER,
  uid: number | undefined = process.getuid?.(),
): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  const found = await lstat(path);
  const refused = (fault: string): HaproxyError =>
    new HaproxyError('files-unwritable', `${path}, ${what}, ${fault}`, { retryable: false });
  if (!found.isDirectory()) throw refused('is no folder; remove it');
  const isOwn = uid === undefined || found.uid === uid;
  if (isOwn && (found.mode & forbidden) === 0) return;
  if ((isOwn || uid === 0) && (await takeOver(path, found, mode))) return;
  if (!isOwn)
    throw refused(
      `belongs to user ${found.uid}, not to ${uid}; remove it, or give it to user ${uid} with all that is in it (chown -R ${uid})`,
    );
  const modes = [found.mode & 0o777, mode].map((bits) => bits.toString(8));
  throw refused(`is open to other users (mode ${modes[0]}); remove it or make it private (chmod ${modes[1]})`);
}

/** Makes an empty folder private. Returns whether it did: what other users put into a folder could be links to files of this one. */
async function takeOver(path: string, before: Stats, mode: number): Promise<boolean> {
  await using folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const found = await folder.stat();
  if (found.ino !== before.ino || found.dev !== before.dev) return false;
  const uid = process.getuid?.() ?? found.uid;
  // From then on nobody else can put something in.
  if (found.uid !== uid) await folder.chown(uid, process.getgid?.() ?? found.gid);
  await folder.chmod(mode);
  if ((await readdir(path)).length === 0) return true;
  if (found.uid !== uid) await folder.chown(found.uid, found.gid);
  await folder.chmod(found.mode & 0o7777);
  return false;
}

/**
 * Makes the folders of sockets and state files that a configuration names, as far as they are missing: readable by all, as packages of HAProxy
 * make them. HAProxy says itself why it does not start if one cannot be made; the log then says why this program could not help.
 */
export async function makeHeadFolders(text: string, log: Pick<Logger, 'info' | 'warn'>): Promise<void> {
  for (const folder of headFolders(text)) {
    try {
      const first = await mkdir(folder, { recursive: true, mode: 0o755 });
      if (first === undefined) continue;
      for (let made = folder; made.startsWith(first); made = dirname(made)) await chmod(made, 0o755);
      log.info(`made the folder ${folder}: HAPROXY_HEAD names it, and HAProxy needs it to start`);
    } catch (error) {
      log.warn(`cannot make the folder ${folder}, which HAPROXY_HEAD names: ${messageOf(error)}; make it before HAProxy starts`);
    }
  }
}
