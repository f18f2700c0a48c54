import { watch } from 'node:fs/promises';

/**
 * Calls `changed` with the name of each file of a folder that changes; undefined: it is not known which. Returns when the signal aborts, or if the
 * folder cannot be watched (it is not there, or the system has no more watches).
 */
export async function watchFolder(
  folder: string,
  changed: (name: string | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { filename } of watch(folder, { signal })) changed(filename ?? undefined);
  } catch {
    // Its files are looked at every minute.
  }
}
