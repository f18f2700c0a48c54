import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeDurably } from '../../lib/atomic-write.ts';
import { systemCode } from '../../lib/errors.ts';
import { createFolderLock, type FolderLockOptions } from './folder-lock.ts';
import type { SharedStore } from './shared-store.ts';

/**
 * Keeps the documents as files of a folder, which several machines may share. Only their owner can read the files. The lock needs nothing but
 * names that are made once (`link`), which network file systems have, too.
 */
export function createFolderStore(folder: string, lock: Omit<FolderLockOptions, 'folder'>): SharedStore {
  const at = (document: string): string => join(folder, document);
  const written = async (document: string, text: string): Promise<string> => {
    const path = at(document);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Processes of several machines may have one number.
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.new`);
    await writeDurably(temporary, text, { mode: 0o600 });
    await removeOrphans(temporary, `.${basename(path)}.`);
    return temporary;
  };
  const folderLock = createFolderLock({ ...lock, folder: join(folder, ACME_FOLDER) });
  return {
    name: `dir:${folder}`,
    read: (document) => readFile(at(document), 'utf8').catch((error: unknown) => orMissing(error, undefined)),
    async list(within) {
      const entries = await readdir(at(within), { withFileTypes: true }).catch((error: unknown) => orMissing(error, []));
      return entries.flatMap((entry) => (entry.isFile() && !entry.name.startsWith('.') ? [entry.name] : []));
    },
    async write(document, text) {
      await rename(await written(document, text), at(document));
    },
    async create(document, text) {
      const temporary = await written(document, text);
      try {
        await link(temporary, at(document));
        return text;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
        return await readFile(at(document), 'utf8');
      } finally {
        await rm(temporary, { force: true });
      }
    },
    remove: (document) => rm(at(document), { force: true }),
    lock: () => folderLock.take(),
  };
}

/** The folder of a store with all that is no certificate. */
export const ACME_FOLDER = 'acme';

/** Removes what programs left behind that were killed while they wrote: files that are an hour older than one that was just made. */
async function removeOrphans(fresh: string, prefix: string): Promise<void> {
  const folder = dirname(fresh);
  const { mtimeMs: now } = await stat(fresh);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.new')) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > 3_600_000) await rm(join(folder, name), { force: true });
  }
}

function orMissing<T>(error: unknown, missing: T): T {
  if (systemCode(error) === 'ENOENT') return missing;
  throw error;
}
