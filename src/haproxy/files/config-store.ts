import type { HaproxySettings } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';
import type { FilesOnDisk } from '../../plan/parse-existing.ts';
import { type ConfigDocument, print } from '../../render/document.ts';
import { archive, archiveFolder, archiveRejected } from './archive.ts';
import { unifiedDiff } from '../../haproxy-config/config-diff.ts';
import { FILE_NAMES } from '../../render/files/kinds.ts';
import { type WantedFile, pathBeside, readCurrent, textOnDisk } from './config-files.ts';
import { createLock } from '../../lib/async/mutex.ts';
import { createdFor, stage } from './stage.ts';
import { stat } from 'node:fs/promises';

/** The files that HAProxy reads. One call at a time: they share temporary names. Throws `files-unreadable` and `files-unwritable`. */
export interface ConfigStore {
  read(): Promise<FilesOnDisk>;
  /** Accepts the files on disk as the running ones, even if another program wrote them. */
  accept(): Promise<void>;
  /** Returns whether another program wrote a file since it was accepted, even if it was written here again. */
  isForeign(): Promise<boolean>;
  /** Returns whether a file is now as another program wrote it. */
  isForeignNow(): Promise<boolean>;
  /**
   * Logs the differences, archives what was there, and renames the new files into place. Returns the names of the copies in the archive.
   * `isRuntime`: the files only follow what HAProxy runs already, and only what another program wrote is archived; else servers that come and go would push the versions
   * of reloads out of the archive.
   */
  write(changed: readonly WantedFile[], onDisk: FilesOnDisk, options?: WriteOptions): Promise<readonly string[]>;
  /** Makes files that were written what they were before. */
  putBack(changed: readonly WantedFile[], before: FilesOnDisk): Promise<void>;
  /** Keeps a document that HAProxy refused in the archive. */
  keepRejected(doc: ConfigDocument): Promise<void>;
}

export interface WriteOptions {
  readonly beforeCommit?: () => Promise<void>;
  readonly isRuntime?: boolean;
}

export interface ConfigStoreDeps {
  readonly log: Logger;
  readonly now: () => Date;
}

export function createConfigStore(
  { config, archiveVersions, gid }: Pick<HaproxySettings, 'config' | 'archiveVersions' | 'gid'>,
  { log, now }: ConfigStoreDeps,
): ConfigStore {
  const fingerprints = createFingerprints([...FILE_NAMES.map((name) => pathBeside(config, name)), config]);
  let wasForeign = false;
  /** A file and its fingerprint change together: no reader comes between. */
  const alone = createLock();

  return {
    read: () => readCurrent(config),

    accept: () =>
      alone(async () => {
        await fingerprints.note();
        wasForeign = false;
      }),

    isForeign: () => alone(async () => wasForeign || (await fingerprints.changed()).length > 0),

    isForeignNow: () => alone(async () => (await fingerprints.changed()).length > 0),

    write: (changed, onDisk, options) => alone(() => write(changed, onDisk, options)),

    putBack: (changed, before) =>
      alone(async () => {
        await using staged = await stage(
          changed.map(({ path }) => ({ path, text: textOnDisk(path, config, before) ?? '' })),
          createdFor(gid),
        );
        await staged.commit();
        await fingerprints.note();
      }),

    async keepRejected(doc) {
      await archiveRejected(config, print(doc)).then(
        (path) => log.info(`The rejected configuration is kept as ${path}`),
        (error: unknown) => log.warn(`The rejected configuration could not be kept: ${String(error)}`),
      );
    },
  };

  async function write(
    changed: readonly WantedFile[],
    onDisk: FilesOnDisk,
    { beforeCommit, isRuntime = false }: WriteOptions = {},
  ): Promise<readonly string[]> {
    const archived: string[] = [];
    if (changed.length === 0) {
      await fingerprints.note();
      return archived;
    }
    await using staged = await stage(changed, createdFor(gid));
    const foreign = new Set(await fingerprints.changed());
    for (const file of changed) {
      const before = textOnDisk(file.path, config, onDisk);
      const diff = file.isSecret === true ? '(it is secret)' : unifiedDiff(file.path, before ?? '', file.text);
      if (foreign.has(file.path))
        log.warn(`${file.path} was changed by another program or by hand; the change is undone:\n${diff}`);
      else log.debug(`${file.path} changes:\n${diff}`);
      const kept = before === undefined || (isRuntime && !foreign.has(file.path)) ? undefined : await keepOld(file.path);
      if (kept !== undefined) archived.push(kept);
    }
    await beforeCommit?.();
    await staged.commit();
    wasForeign ||= changed.some(({ path }) => foreign.has(path));
    await fingerprints.note();
    return archived;
  }

  /** The archive is a help, not a duty: without it the configuration still goes live. */
  async function keepOld(path: string): Promise<string | undefined> {
    const request = { folder: archiveFolder(config), versions: archiveVersions, now: now() };
    return archive(path, request).catch((error: unknown) => {
      log.warn(`${path} could not be archived: ${String(error)}`);
      return undefined;
    });
  }
}

/** Remembers files as they are, to find out later whether another program wrote them since. */
export interface Fingerprints {
  /** They are known as they are now. */
  note(): Promise<void>;
  /** The files that changed since they were noted; none if they never were. */
  changed(): Promise<readonly string[]>;
}

/** By number, size and time of change: a file that is only touched counts as changed. */
export function createFingerprints(paths: readonly string[]): Fingerprints {
  let known: ReadonlyMap<string, string> | undefined;
  const look = async () => new Map(await Promise.all(paths.map(async (path) => [path, await fingerprintOf(path)] as const)));
  return {
    async note() {
      known = await look();
    },
    async changed() {
      const before = known;
      if (before === undefined) return [];
      const now = await look();
      return paths.filter((path) => now.get(path) !== before.get(path));
    },
  };
}

/** Differs from before if the file changed, appeared or went away. */
export async function fingerprintOf(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(
    ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
    () => NO_FILE,
  );
}

/** The fingerprint of a file that does not exist. */
export const NO_FILE = 'none';
