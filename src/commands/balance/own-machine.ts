/** Makes the state folder, and locks it and the configuration file before the program begins. */
import type { Settings } from '../../config/settings.ts';
import { lockConfig, lockStateFolder } from '../../haproxy/files/config-lock.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import { makePrivateFolder, STATE_FOLDER } from '../../haproxy/process/socket-folder.ts';

/**
 * Makes the state folder, before anything is written there. Throws a `HaproxyError` for one that others can write. A folder that cannot be made
 * is no error here: each file that belongs there says so.
 */
export async function makeStateFolder({ stateDir }: Pick<Settings['run'], 'stateDir'>): Promise<void> {
  await makePrivateFolder(stateDir, STATE_FOLDER).catch((error: unknown) => {
    if (error instanceof HaproxyError) throw error;
  });
}

/** Locks the state folder and the configuration file until both are given back. Throws a `HaproxyError` if another process has one of them. */
export async function ownMachine({ run, haproxy }: Pick<Settings, 'run' | 'haproxy'>): Promise<AsyncDisposable> {
  const locks = [await lockConfig(haproxy.config)];
  const free = async (): Promise<void> => {
    for (const lock of locks.toReversed()) await lock[Symbol.asyncDispose]();
  };
  try {
    locks.push(await lockStateFolder(run.stateDir));
  } catch (error) {
    await free();
    throw error;
  }
  return { [Symbol.asyncDispose]: free };
}
