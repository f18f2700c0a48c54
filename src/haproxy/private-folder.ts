import { lstat, mkdir } from 'node:fs/promises';
import { HaproxyError } from './error.ts';

/**
 * Makes the folder of the runtime socket (mode 0700) where it is missing. Whoever writes to that socket rules HAProxy: a folder that is a
 * link, belongs to somebody else or is open to others is refused with a `HaproxyError` that says how to mend it.
 */
export async function makePrivateFolder(path: string, uid: number | undefined = process.getuid?.()): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const fault = !found.isDirectory()
    ? 'is no folder'
    : uid !== undefined && found.uid !== uid
      ? `belongs to user ${found.uid}, not to ${uid}`
      : (found.mode & 0o077) !== 0
        ? `is open to other users (mode ${(found.mode & 0o777).toString(8)})`
        : undefined;
  if (fault !== undefined) {
    throw new HaproxyError(
      'files-unwritable',
      `${path}, the folder of HAProxy's runtime socket, ${fault}; remove it or make it private (chmod 700)`,
      { retryable: false },
    );
  }
}
