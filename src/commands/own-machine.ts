/** What a program that writes a configuration takes before it begins: its state folder, and the file itself. */
import type { Settings } from '../config/settings.ts';
import { lockConfig } from '../haproxy/files/config-lock.ts';
import { HaproxyError } from '../haproxy/error.ts';
import { makePrivateFolder, STATE_FOLDER } from '../haproxy/process/socket-folder.ts';

/**
 * Makes the state folder and locks the configuration file until it is disposed of. Throws a `HaproxyError` for a state folder that others
 * can write, and for a file that another process writes. A folder that cannot be made is no error here: each file that belongs there says so.
 */
export async function ownMachine({ run, haproxy }: Pick<Settings, 'run' | 'haproxy'>): Promise<AsyncDisposable> {
  await makePrivateFolder(run.stateDir, STATE_FOLDER).catch((error: unknown) => {
    if (error instanceof HaproxyError) throw error;
  });
  return lockConfig(haproxy.config);
}
