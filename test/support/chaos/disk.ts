import { execFile } from 'node:child_process';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own in the place of a folder. */
export interface Disk extends AsyncDisposable {
  fill(): Promise<void>;
  free(): Promise<void>;
  setReadOnly(isReadOnly: boolean): Promise<void>;
}

/** Mounts it, with the folder's permissions: needs root. */
export async function mountDisk(folder: string): Promise<Disk> {
  const { mode } = await stat(folder);
  await run('mount', ['-t', 'tmpfs', '-o', `size=32m,mode=${(mode & 0o777).toString(8)}`, 'none', folder]);
  const ballast = join(folder, 'ballast');
  return {
    async fill() {
      await using file = await open(ballast, 'w', 0o600);
      for (const size of [1_000_000, 4096, 1]) {
        for (;;) {
          try {
            await file.appendFile(Buffer.alloc(size));
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
            break;
          }
        }
      }
    },
    free: () => rm(ballast),
    async setReadOnly(isReadOnly) {
      await run('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder]);
    },
    // Whoever still has a file open there keeps it.
    [Symbol.asyncDispose]: async () => void (await run('umount', ['--lazy', folder])),
  };
}
