import type { HaproxySettings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { FilesOnDisk } from '../plan/plan.ts';
import { type ConfigDocument, print } from '../render/document.ts';
import { archive, archiveFolder, archiveRejected } from './archive.ts';
import { unifiedDiff } from './diff.ts';
import { readCurrent, textOnDisk, type WantedFile } from './files.ts';
import { stage } from './staged.ts';

/** The files that HAProxy reads. One call at a time: they share temporary names. Throws `files-unreadable` and `files-unwritable`. */
export interface ConfigFiles {
  read(): Promise<FilesOnDisk>;
  /** Tells the differences in the log, archives what was there, and renames the new files into place. */
  write(changed: readonly WantedFile[], onDisk: FilesOnDisk, beforeCommit?: () => Promise<void>): Promise<void>;
  /** Makes files that were written what they were before. */
  putBack(changed: readonly WantedFile[], before: FilesOnDisk): Promise<void>;
  /** Keeps a document that HAProxy refused in the archive. */
  keepRejected(doc: ConfigDocument): Promise<void>;
}

export interface ConfigFilesDeps {
  readonly log: Logger;
  readonly now: () => Date;
}

export function createConfigFiles(
  { config, archiveVersions }: Pick<HaproxySettings, 'config' | 'archiveVersions'>,
  { log, now }: ConfigFilesDeps,
): ConfigFiles {
  return {
    read: () => readCurrent(config),

    async write(changed, onDisk, beforeCommit) {
      if (changed.length === 0) return;
      await using staged = await stage(changed);
      for (const file of changed) {
        const before = textOnDisk(file.path, config, onDisk);
        log.info(`${file.path} changes:\n${unifiedDiff(file.path, before ?? '', file.text)}`);
        if (before !== undefined) await keepOld(file.path);
      }
      await beforeCommit?.();
      await staged.commit();
    },

    async putBack(changed, before) {
      await using staged = await stage(changed.map(({ path }) => ({ path, text: textOnDisk(path, config, before) ?? '' })));
      await staged.commit();
    },

    async keepRejected(doc) {
      await archiveRejected(config, print(doc)).then(
        (path) => log.info(`The rejected configuration is kept as ${path}`),
        (error: unknown) => log.warn(`The rejected configuration could not be kept: ${String(error)}`),
      );
    },
  };

  /** The archive is a help, not a duty: without it the configuration still goes live. */
  async function keepOld(path: string): Promise<void> {
    const request = { folder: archiveFolder(config), versions: archiveVersions, now: now() };
    await archive(path, request).catch((error: unknown) => log.warn(`${path} could not be archived: ${String(error)}`));
  }
}
