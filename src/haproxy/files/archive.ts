import { constants, copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { accessOf, giveAccess, writeDurably } from '../../lib/atomic-write.ts';
import { systemCode } from '../../lib/errors.ts';

/** Folder of old versions beside the configuration. */
export function archiveFolder(config: string): string {
  return join(dirname(config), 'archive');
}

/**
 * Keeps a copy of a file that is about to be replaced, named by time so that names sort by age
 * (`haproxy.cfg.20261122T180107123Z`), and drops all but the last `versions`. 0 keeps none. Returns the name of the copy; undefined if
 * there is none.
 */
export async function archive(
  path: string,
  request: { folder: string; versions: number; now: Date },
): Promise<string | undefined> {
  const { folder, versions } = request;
  const name = basename(path);
  let kept: string | undefined;
  if (versions > 0) {
    await makeFolder(folder);
    kept = await copy(path, join(folder, `${name}.${stamp(request.now)}`));
  }
  const old = (await versionsOf(folder, name)).slice(0, versions > 0 ? -versions : undefined);
  for (const version of old) await rm(join(folder, version), { force: true });
  return kept;
}

/** Returns the name of the file of which a name in the archive is a version; undefined if it is none. */
export function archivedFile(name: string): string | undefined {
  const at = name.search(/\.\d{8}T\d{9}Z(-\d\d)?$/);
  return at > 0 ? name.slice(0, at) : undefined;
}

/** Keeps the last configuration that HAProxy refused: `archive/haproxy.cfg.rejected`, with the configuration's permissions. */
export async function archiveRejected(config: string, text: string): Promise<string> {
  const folder = archiveFolder(config);
  await makeFolder(folder);
  const path = join(folder, `${basename(config)}.rejected`);
  await writeDurably(path, text, await accessOf(config));
  return path;
}

/** Names of the archived versions of a file, oldest first. */
export async function versionsOf(folder: string, name: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((each) => each.startsWith(`${name}.`) && VERSION.test(each.slice(name.length))).toSorted();
}

const VERSION = /^\.\d{8}T\d{9}Z(-\d\d)?$/;

async function makeFolder(folder: string): Promise<void> {
  // An existing folder keeps its permissions.
  await mkdir(folder, { mode: 0o750 }).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error;
  });
}

async function copy(from: string, to: string): Promise<string | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const path = attempt === 0 ? to : `${to}-${String(attempt).padStart(2, '0')}`;
    try {
      await copyFile(from, path, constants.COPYFILE_EXCL);
      await giveAccess(path, await accessOf(from));
      return basename(path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined; // nothing to keep
      if (systemCode(error) !== 'EEXIST' || attempt >= 99) throw error;
    }
  }
}

function stamp(now: Date): string {
  return now.toISOString().replaceAll(/[-:.]/g, '');
}
