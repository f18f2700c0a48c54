import { basename } from 'node:path';
import type { HaproxySettings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { FilesOnDisk } from '../plan/plan.ts';
import type { ConfigDocument } from '../render/document.ts';
import { print, printMap } from '../render/document.ts';
import type { Alert } from './alerts.ts';
import type { Applied } from './applied.ts';
import { archive, archiveFolder, archiveRejected } from './archive.ts';
import { unifiedDiff } from './diff.ts';
import type { WantedFile } from './files.ts';
import { changedFiles, mapPath, readCurrent, textOnDisk } from './files.ts';
import type { Reload } from './reload.ts';
import { stage } from './staged.ts';
import { validate } from './validate.ts';

/** HAProxy refuses the document; nothing was changed. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly alerts: readonly Alert[];
}

export interface ApplyRequest {
  readonly signal: AbortSignal;
  /** Why, from the plan. */
  readonly reasons?: readonly string[];
  /** Reload even if the files are as they should be. */
  readonly force?: boolean;
  /** This very document has passed `check`: HAProxy is not asked again. */
  readonly checked?: boolean;
}

/** Brings documents live through files and reloads; one call at a time. */
export interface Applier {
  /** What HAProxy reads at its next start. */
  onDisk(): Promise<FilesOnDisk>;
  /**
   * Check, archive, rename into place, reload. Throws HaproxyError; after a failed reload the files are in place and
   * the next call reloads again, even if nothing changed.
   */
  apply(doc: ConfigDocument, request: ApplyRequest): Promise<Applied | Invalid>;
  /** The last reload failed: HAProxy does not run what is on disk, and `apply` is to be called though nothing changed. */
  owesReload(): boolean;
  /** Asks HAProxy about a document without changing anything; empty: it is accepted. */
  check(doc: ConfigDocument, signal: AbortSignal): Promise<readonly Alert[]>;
  /** Keeps a document that was refused in the archive (`haproxy.cfg.rejected`); `apply` does so itself. */
  keepRejected(doc: ConfigDocument): Promise<void>;
  /** Checks the configuration on disk and reloads, without asking Marathon (SIGUSR1). */
  reloadOnDisk(signal: AbortSignal): Promise<Applied | Invalid>;
}

export interface ApplyDeps {
  readonly log: Logger;
  readonly reload: Reload;
  readonly now: () => Date;
}

export function createApplier(settings: HaproxySettings, deps: ApplyDeps): Applier {
  const { config } = settings;
  const { log } = deps;
  let reloadOwed = false;

  return {
    onDisk: () => readCurrent(config),

    async apply(doc, request) {
      const onDisk = await readCurrent(config);
      const changed = changedFiles(doc, config, onDisk);
      const failedBefore = reloadOwed;
      const owed = failedBefore || request.force === true;
      if (changed.length === 0 && !owed) return { kind: 'unchanged' };
      if (changed.length > 0) {
        if (request.checked !== true && !settings.skipValidation) {
          const alerts = await check(doc, request.signal);
          if (alerts.length > 0) {
            await keepRejected(doc);
            return { kind: 'invalid', alerts };
          }
        }
        await write(changed, onDisk);
      }
      const otherwise =
        changed.length > 0 ? 'configuration on disk differs' : failedBefore ? 'the last reload failed' : 'asked for';
      return reloadFor(request.reasons ?? [otherwise], request.signal);
    },

    owesReload: () => reloadOwed,

    check,
    keepRejected,

    async reloadOnDisk(signal) {
      if (!settings.skipValidation) {
        const result = await validate({ binary: settings.binary, config, signal });
        if (result.kind === 'invalid') return result;
      }
      return reloadFor(['asked for'], signal);
    },
  };

  async function check(doc: ConfigDocument, signal: AbortSignal): Promise<readonly Alert[]> {
    const maps = doc.maps.map((map) => ({ path: mapPath(config, map.name), text: printMap(map) }));
    await using stagedMaps = await stage(maps);
    const text = pointedAt(print(doc), stagedMaps.temporary);
    await using staged = await stage([{ path: config, text }]);
    const shownAs = new Map([...stagedMaps.temporary, ...staged.temporary].map(([path, temporary]) => [temporary, path]));
    const file = staged.temporary.get(config) ?? config;
    const result = await validate({ binary: settings.binary, config: file, shownAs, signal });
    return result.kind === 'valid' ? [] : result.alerts;
  }

  async function write(changed: readonly WantedFile[], onDisk: FilesOnDisk): Promise<void> {
    await using staged = await stage(changed);
    for (const file of changed) {
      const before = textOnDisk(file.path, config, onDisk);
      const diff = unifiedDiff(file.path, before ?? '', file.text);
      log.info(`${file.path} changes:\n${diff}`);
      if (before !== undefined) await keepOld(file.path);
    }
    reloadOwed = true;
    await staged.commit();
  }

  async function reloadFor(reasons: readonly string[], signal: AbortSignal): Promise<Applied> {
    reloadOwed = true;
    const { attempts } = await deps.reload(signal);
    reloadOwed = false;
    return { kind: 'reload', reasons, attempts };
  }

  /** The archive is a help, not a duty: without it the configuration still goes live. */
  async function keepOld(path: string): Promise<void> {
    const request = { folder: archiveFolder(config), versions: settings.archiveVersions, now: deps.now() };
    await archive(path, request).catch((error: unknown) => log.warn(`${path} could not be archived: ${String(error)}`));
  }

  async function keepRejected(doc: ConfigDocument): Promise<void> {
    await archiveRejected(config, print(doc)).then(
      (path) => log.info(`The rejected configuration is kept as ${path}`),
      (error: unknown) => log.warn(`The rejected configuration could not be kept: ${String(error)}`),
    );
  }
}

/** The configuration with the temporary maps in the place of the real ones. */
function pointedAt(text: string, temporary: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [path, other] of temporary) {
    // A template may spell the folder in another way (`/etc//haproxy/`); the temporary file lies in the same one.
    if (result.includes(path)) result = result.replaceAll(path, other);
    else result = result.replaceAll(`/${basename(path)}`, `/${basename(other)}`);
  }
  return result;
}
