import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HaproxySettings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { FilesOnDisk, Plan } from '../plan/plan.ts';
import type { ConfigDocument } from '../render/document.ts';
import { print, printMap } from '../render/document.ts';
import type { Alert } from './alerts.ts';
import type { Applied } from './applied.ts';
import { archive, archiveFolder, archiveRejected } from './archive.ts';
import { unbindable } from './bindable.ts';
import { unifiedDiff } from './diff.ts';
import type { WantedFile } from './files.ts';
import { changedFiles, mapPath, readCurrent, textOnDisk } from './files.ts';
import { HaproxyError } from './error.ts';
import { createFollower } from './follow.ts';
import { createLock, type Lock } from './lock.ts';
import { findProcesses, type HaproxyProcess } from './processes.ts';
import { oldWorkers } from './old-workers.ts';
import type { Reload } from './reload.ts';
import { createReloadGate, type ReloadGate } from './reload-gate.ts';
import type { ReloadMarker } from './reload-marker.ts';
import type { Runtime } from './runtime.ts';
import { stage } from './staged.ts';
import { validate } from './validate.ts';

/** HAProxy refuses the document; nothing was changed. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly alerts: readonly Alert[];
}

/** The running HAProxy could not be brought to the document: `apply` is to be called, with `force` and these reasons. */
export interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly string[];
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

/**
 * Brings documents live, over the runtime socket or through files and reloads; one call at a time. Disposing writes
 * what only HAProxy knows yet.
 */
export interface Applier extends AsyncDisposable {
  /** What HAProxy reads at its next start. */
  onDisk(): Promise<FilesOnDisk>;
  /**
   * Check, archive, rename into place, reload. Throws HaproxyError. After a failed reload the files are what they were, so that a
   * restart comes up, and HAProxy is reloaded once with them: some versions listen no longer then. Where that fails too, or no
   * HAProxy ran before, a reload is owed: the next call reloads, even if nothing changed; with a marker, that of the next program.
   */
  apply(doc: ConfigDocument, request: ApplyRequest): Promise<Applied | Invalid>;
  /**
   * Runs the operations of a `runtime` plan in the HAProxy that runs; the files follow within a second. Where HAProxy
   * was restarted behind our back, it is mended as `reconcile` does. `doc` is what HAProxy runs but for those operations,
   * also while a reload is owed.
   */
  change(doc: ConfigDocument, plan: Extract<Plan, { kind: 'runtime' }>, signal: AbortSignal): Promise<Applied | Refused>;
  /**
   * Compares the HAProxy that runs with the document it should run, says what differs (somebody changed it by hand) and
   * mends it. `unchanged` also where HAProxy does not answer: there is nothing to be mended then.
   */
  reconcile(doc: ConfigDocument, signal: AbortSignal): Promise<Applied | Refused>;
  /** Milliseconds until the next reload may begin (`--reload-min-interval`): whoever calls `apply` or `reloadOnDisk` asks first. */
  reloadAllowedIn(): number;
  /** Figures for whoever watches: workers of earlier generations, and servers that wait for their last session. */
  figures(): Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** Writes what HAProxy runs to the files, if they do not have it yet. Throws HaproxyError. */
  flush(): Promise<void>;
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
  /** Undefined: every change is a reload. */
  readonly runtime?: Runtime | undefined;
  /**
   * Reloads, and waits until the new process answers; by default the runtime's. A worker that is reloaded before it answers hands no
   * listening sockets on (HAProxy 3.2: "Failed to get the sockets from the old process"): connections are reset.
   */
  readonly around?: Runtime['around'];
  /** Held while something is said to the running HAProxy, and while it is reloaded: the runtime's own lock. */
  readonly speaking?: Lock;
  readonly gate?: ReloadGate;
  /** Left out: a reload that is owed is forgotten with the applier. */
  readonly marker?: ReloadMarker;
  /** The HAProxy processes that run with the configuration. */
  readonly processes?: () => Promise<readonly HaproxyProcess[]>;
  /** Milliseconds; ends early with the signal's reason. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export function createApplier(settings: HaproxySettings, deps: ApplyDeps): Applier {
  const { config } = settings;
  const { log, runtime, marker, speaking = createLock(), gate = createReloadGate(settings.reloadMinInterval) } = deps;
  const wait = deps.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const processes = deps.processes ?? (() => findProcesses(config));
  let reloadOwed = marker?.isThere ?? false;
  /** Held while the files, or temporary ones beside them, are written. */
  const writing = createLock();
  const follower = createFollower({ log, lock: writing, write: async (doc) => writeChanged(doc, await readCurrent(config)) });

  return {
    onDisk: () => readCurrent(config),

    async apply(doc, request) {
      // The files are what HAProxy runs, should they have to be put back.
      await follower.flush();
      return writing(() => applyNow(doc, request));
    },

    change: (doc, { ops, reasons }, signal) =>
      speaking(async () => {
        if (runtime === undefined) return refused(reasons);
        const result = await runtime.run(doc, ops, signal);
        if (result.kind === 'refused') return refused([...reasons, result.reason]);
        if (result.kind === 'restarted') {
          const mended = await mend(doc, signal, runtime);
          if (typeof mended !== 'string' && mended.kind !== 'refused') follower.follow(doc);
          return typeof mended === 'string' ? refused([...reasons, mended]) : mended;
        }
        follower.follow(doc);
        return { kind: 'runtime', commands: result.commands };
      }),

    reconcile: (doc, signal) =>
      speaking(async () => {
        if (runtime === undefined || reloadOwed) return { kind: 'unchanged' };
        const mended = await mend(doc, signal, runtime);
        if (typeof mended !== 'string') return mended;
        log.debug(`HAProxy is not compared with its configuration: ${mended}`);
        return { kind: 'unchanged' };
      }),

    reloadAllowedIn: () => gate.remaining(),
    figures: async () => ({ oldWorkers: oldWorkers(await processes()), leaving: runtime?.leaving() ?? 0 }),
    flush: () => follower.flush(),
    owesReload: () => reloadOwed,

    check: (doc, signal) => writing(() => check(doc, signal)),
    keepRejected,

    async reloadOnDisk(signal) {
      await follower.flush();
      if (!settings.skipValidation) {
        const result = await validate({ binary: settings.binary, config, signal });
        if (result.kind === 'invalid') return result;
      }
      return reloadFor(['asked for'], signal);
    },

    async [Symbol.asyncDispose]() {
      await runtime?.[Symbol.asyncDispose]();
      await follower.flush();
    },
  };

  async function applyNow(doc: ConfigDocument, request: ApplyRequest): Promise<Applied | Invalid> {
    const onDisk = await readCurrent(config);
    const changed = changedFiles(doc, config, onDisk);
    const failedBefore = reloadOwed;
    const owed = failedBefore || request.force === true;
    if (changed.length === 0 && !owed) {
      follower.written();
      return { kind: 'unchanged' };
    }
    if (changed.length > 0 && request.checked !== true && !settings.skipValidation) {
      const alerts = await check(doc, request.signal);
      if (alerts.length > 0) {
        await keepRejected(doc);
        return { kind: 'invalid', alerts };
      }
    }
    const ran = changed.length > 0 && onDisk.config !== undefined && !failedBefore && (await processes()).length > 0;
    await write(changed, onDisk, oweReload);
    follower.written();
    const otherwise =
      changed.length > 0 ? 'configuration on disk differs' : failedBefore ? 'the last reload failed' : 'asked for';
    try {
      return await reloadFor(request.reasons ?? [otherwise], request.signal, doc);
    } catch (error) {
      if (ran && error instanceof HaproxyError && error.code === 'reload-refused') await putBack(changed, onDisk, request.signal);
      throw error;
    }
  }

  /** Writes the files that HAProxy ran with before a reload that failed, and reloads once. */
  async function putBack(changed: readonly WantedFile[], onDisk: FilesOnDisk, signal: AbortSignal): Promise<void> {
    const before = changed.map(({ path }) => ({ path, text: textOnDisk(path, config, onDisk) ?? '' }));
    await using staged = await stage(before);
    await staged.commit();
    log.error(`${config} is what it was before the reload that failed; HAProxy is reloaded with that`);
    try {
      await wait(LAST_TRY, signal);
      await reloadFor(['the last reload failed'], signal, undefined, 0);
    } catch (error) {
      if (!(error instanceof HaproxyError)) throw error;
      log.error(`HAProxy was not reloaded with its former configuration either: ${error.message}`);
    }
  }

  /** Brings what HAProxy really has to what it should have, and says what differed; a string: HAProxy does not answer. */
  async function mend(doc: ConfigDocument, signal: AbortSignal, runtime: Runtime): Promise<Applied | Refused | string> {
    const found = await runtime.inspect(doc, signal);
    if (typeof found === 'string') return found;
    if (found.told.length === 0) return { kind: 'unchanged' };
    const told = summary(found.told);
    log.warn(`HAProxy does not have what its configuration says; somebody changed or restarted it. It is mended: ${told}`);
    const reasons = [`HAProxy has something else than its configuration: ${told}`];
    if (found.reload !== undefined) return refused([...reasons, found.reload]);
    const result = await runtime.run(doc, found.ops, signal);
    if (result.kind === 'done') return { kind: 'runtime', commands: result.commands };
    return refused(result.kind === 'refused' ? [...reasons, result.reason] : reasons);
  }

  async function check(doc: ConfigDocument, signal: AbortSignal): Promise<readonly Alert[]> {
    const maps = doc.maps.map((map) => ({ path: mapPath(config, map.name), text: printMap(map) }));
    await using stagedMaps = await stage(maps);
    const text = pointedAt(print(doc), stagedMaps.temporary);
    await using staged = await stage([{ path: config, text }]);
    const shownAs = new Map([...stagedMaps.temporary, ...staged.temporary].map(([path, temporary]) => [temporary, path]));
    const file = staged.temporary.get(config) ?? config;
    const result = await validate({ binary: settings.binary, config: file, shownAs, signal });
    if (result.kind === 'invalid') return result.alerts;
    const onDisk = (await readCurrent(config)).config;
    return unbindable({ text, runs: reloadOwed ? undefined : onDisk, onDisk, processes: await processes() });
  }

  async function writeChanged(doc: ConfigDocument, onDisk: FilesOnDisk): Promise<void> {
    await write(changedFiles(doc, config, onDisk), onDisk);
  }

  async function write(changed: readonly WantedFile[], onDisk: FilesOnDisk, beforeCommit?: () => Promise<void>): Promise<void> {
    if (changed.length === 0) return;
    await using staged = await stage(changed);
    for (const file of changed) {
      const before = textOnDisk(file.path, config, onDisk);
      const diff = unifiedDiff(file.path, before ?? '', file.text);
      log.info(`${file.path} changes:\n${diff}`);
      if (before !== undefined) await keepOld(file.path);
    }
    await beforeCommit?.();
    await staged.commit();
  }

  async function reloadFor(
    reasons: readonly string[],
    signal: AbortSignal,
    doc?: ConfigDocument,
    retries?: number,
  ): Promise<Applied> {
    await oweReload();
    let attempts = 0;
    await speaking(async () => {
      gate.begin();
      const reload = async (): Promise<boolean> => {
        ({ attempts } = await deps.reload(signal, retries));
        return attempts > 0;
      };
      if (deps.around !== undefined) await deps.around(doc, reload, signal);
      else await (runtime === undefined ? reload() : runtime.around(doc, reload, signal));
    });
    reloadOwed = false;
    await marker?.clear();
    return { kind: 'reload', reasons, attempts };
  }

  async function oweReload(): Promise<void> {
    reloadOwed = true;
    await marker?.set();
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

/**
 * Milliseconds in which HAProxy may still try to have its ports (200 times, 10 ms apart). 2.6 hears no signal meanwhile; then its old
 * worker listens again.
 */
const LAST_TRY = 2500;

function refused(reasons: readonly string[]): Refused {
  return { kind: 'refused', reasons };
}

function summary(texts: readonly string[]): string {
  const shown = texts.slice(0, 10).join('; ');
  return texts.length > 10 ? `${shown}; and ${texts.length - 10} more` : shown;
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
