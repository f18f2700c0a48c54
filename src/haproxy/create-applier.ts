import { setTimeout as sleep } from 'node:timers/promises';
import type { HaproxySettings } from '../config/settings.ts';
import { type Logger, silent } from '../log/logger.ts';
import type { FilesOnDisk } from '../plan/parse-existing.ts';
import type { ConfigDocument } from '../render/document.ts';
import type { Alert } from './check/alerts.ts';
import { type Applied, type Applier, type ApplyRequest, type Invalid, type OnWarnings, refused } from './applier.ts';
import { type DocumentCheck, checkDocument, checkOnDisk } from './check/check-config.ts';
import { createConfigStore } from './files/config-store.ts';
import { HaproxyError } from './error.ts';
import { type WantedFile, changedFiles } from './files/config-files.ts';
import { createWriteBehind } from './files/write-behind.ts';
import { type Lock, createLock } from '../lib/async/mutex.ts';
import { FOREIGN, repairDrift } from './drift/repair-drift.ts';
import { type HaproxyProcess, findProcesses, oldWorkers } from './process/processes.ts';
import { type ReloadRateLimit, type ReloadMarker, createPendingReload, createReloadRateLimit } from './reload/pending-reload.ts';
import type { Reload } from './reload/reload.ts';
import { type Runtime, createRuntime } from './runtime/runtime.ts';
import { createAsk } from './runtime/socket.ts';

export interface ApplyDeps {
  readonly log: Logger;
  readonly reload: Reload;
  readonly now: () => Date;
  /** Undefined if every change is a reload. */
  readonly runtime?: Runtime | undefined;
  /**
   * Reloads, and waits until the new process answers; by default the runtime's. A worker that is reloaded before it answers hands no
   * listening sockets on (HAProxy 3.2: "Failed to get the sockets from the old process"): connections are reset.
   */
  readonly around?: Runtime['around'];
  /** Held while commands are sent to the running HAProxy, and while it is reloaded: the runtime's own mutex. */
  readonly speaking?: Lock;
  readonly rateLimit?: ReloadRateLimit;
  /** Without it, a pending reload is forgotten when the program ends. */
  readonly marker?: ReloadMarker;
  /** The HAProxy processes that run with the configuration. */
  readonly processes?: () => Promise<readonly HaproxyProcess[]>;
  /** Milliseconds; ends early with the signal's reason. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export function createApplier(settings: HaproxySettings, deps: ApplyDeps): Applier {
  const { config } = settings;
  const { log, runtime, marker, speaking = createLock(), rateLimit = createReloadRateLimit(settings.reloadMinInterval) } = deps;
  const wait = deps.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const processes = deps.processes ?? (() => findProcesses(config));
  const around = deps.around ?? (runtime && ((...request) => runtime.around(...request)));
  const reload = createPendingReload({ reload: deps.reload, rateLimit, marker, speaking, around });
  const files = createConfigStore(settings, { log, now: deps.now });
  /** Held while the files, or temporary ones beside them, are written. */
  const writing = createLock();
  const writeBehind = createWriteBehind({
    log,
    lock: writing,
    write,
  });

  return {
    async onDisk() {
      const found = await files.read();
      await files.accept();
      return found;
    },

    async apply(doc, request) {
      // The files are what HAProxy runs, should they have to be put back.
      await writeBehind.flush();
      return writing(() => applyNow(doc, request));
    },

    change: (doc, { ops, reasons }, signal) =>
      speaking(async () => {
        if (runtime === undefined) return refused(reasons);
        // A certificate that only the running HAProxy has would be lost with it; one of its list is on disk.
        if (ops.some((op) => op.kind === 'file' && op.file.kind === 'crt-list')) await writing(() => write(doc));
        const result = await runtime.run(doc, ops, signal);
        if (result.kind === 'refused') return refused([...reasons, result.reason]);
        if (result.kind === 'restarted') {
          const repaired = await repairDrift(doc, { runtime, files, log, isRestarted: true }, signal);
          if (repaired.kind === 'unreachable') return refused([...reasons, repaired.reason]);
          if (repaired.kind === 'refused') return refused([...reasons, ...repaired.reasons]);
          writeBehind.follow(doc);
          return repaired;
        }
        writeBehind.follow(doc);
        return { kind: 'runtime', commands: result.commands };
      }),

    async reconcile(doc, signal) {
      if (reload.isPending) return { kind: 'unchanged' };
      if (await files.isForeign()) await writing(() => write(doc));
      const repaired =
        runtime === undefined ? NO_RUNTIME : await speaking(() => repairDrift(doc, { runtime, files, log }, signal));
      if (repaired.kind !== 'unreachable') return repaired;
      if (await files.isForeign()) return refused([FOREIGN]);
      log.debug(`HAProxy is not compared with its configuration: ${repaired.reason}`);
      return { kind: 'unchanged' };
    },

    async isRestarted(signal) {
      if (runtime === undefined) return false;
      const patience = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(LOOK_PATIENCE)]);
      return (await speaking(() => runtime.isRestarted(patience()))) && !(await files.isForeign());
    },

    reloadAllowedIn: () => rateLimit.remaining(),
    figures: async () => ({ oldWorkers: oldWorkers(await processes()), leaving: runtime?.leaving() ?? 0 }),
    flush: () => writeBehind.flush(),
    hasPendingReload: () => reload.isPending,

    check: (doc, signal, onWarnings) => writing(() => check(doc, signal, onWarnings)),
    keepRejected: (doc) => files.keepRejected(doc),

    async reloadOnDisk(signal) {
      // The caller wants the files of another program: what this one has not written yet must not undo them.
      await writing(async () => {
        if (await files.isForeignNow()) writeBehind.written();
      });
      await writeBehind.flush();
      const alerts = settings.skipValidation ? [] : await checkOnDisk(await means(), signal);
      if (alerts.length > 0) return { kind: 'invalid', alerts };
      return reload.run({ reasons: ['asked for'], signal });
    },

    async [Symbol.asyncDispose]() {
      await runtime?.[Symbol.asyncDispose]();
      await writeBehind.flush();
    },
  };

  async function write(doc: ConfigDocument): Promise<void> {
    const onDisk = await files.read();
    await files.write(changedFiles(doc, config, onDisk), onDisk, { isRuntime: true });
  }

  async function check(doc: ConfigDocument, signal: AbortSignal, onWarnings?: OnWarnings): Promise<readonly Alert[]> {
    return checkDocument(doc, await means(), signal, onWarnings);
  }

  async function means(): Promise<DocumentCheck> {
    return { settings, processes, runsFiles: !reload.isPending && !(await files.isForeign()) };
  }

  async function applyNow(doc: ConfigDocument, request: ApplyRequest): Promise<Applied | Invalid> {
    const { signal } = request;
    const onDisk = await files.read();
    const changed = changedFiles(doc, config, onDisk);
    const failedBefore = reload.isPending;
    if (changed.length === 0 && !failedBefore && request.force !== true) {
      writeBehind.written();
      return { kind: 'unchanged' };
    }
    if (changed.length > 0 && request.checked !== true && !settings.skipValidation) {
      const alerts = await check(doc, signal);
      if (alerts.length > 0) {
        await files.keepRejected(doc);
        return { kind: 'invalid', alerts };
      }
    }
    const ran = changed.length > 0 && onDisk.config !== undefined && !failedBefore && (await processes()).length > 0;
    const archived = await files.write(changed, onDisk, { beforeCommit: () => reload.remember() });
    writeBehind.written();
    const otherwise =
      changed.length > 0 ? 'configuration on disk differs' : failedBefore ? 'the last reload failed' : 'asked for';
    try {
      const applied = await reload.run({ reasons: request.reasons ?? [otherwise], signal, doc });
      await files.accept();
      return applied.kind === 'reload' && archived.length > 0 ? { ...applied, archived } : applied;
    } catch (error) {
      if (ran && error instanceof HaproxyError && error.code === 'reload-refused') await putBack(changed, onDisk, signal);
      throw error;
    }
  }

  /** Writes the files that HAProxy ran with before a reload that failed, and reloads once. */
  async function putBack(changed: readonly WantedFile[], onDisk: FilesOnDisk, signal: AbortSignal): Promise<void> {
    await files.putBack(changed, onDisk);
    log.error(`${config} is what it was before the reload that failed; HAProxy is reloaded with that`);
    try {
      await wait(LAST_TRY, signal);
      await reload.run({ reasons: ['the last reload failed'], signal, retries: 0 });
    } catch (error) {
      if (!(error instanceof HaproxyError)) throw error;
      log.error(`HAProxy was not reloaded with its former configuration either: ${error.message}`);
    }
  }
}

const NO_RUNTIME = { kind: 'unreachable', reason: 'changes without a reload are switched off' } as const;

/**
 * Milliseconds in which HAProxy may still try to have its ports (200 times, 10 ms apart). 2.6 hears no signal meanwhile; then its old
 * worker listens again.
 */
const LAST_TRY = 2500;

/** Milliseconds for HAProxy to say which process it is: changes wait meanwhile. */
const LOOK_PATIENCE = 1000;

/** The applier with all that the settings ask for: the running HAProxy is spoken to unless `--no-runtime-updates`. */
export function createLiveApplier(
  settings: HaproxySettings,
  parts: { readonly log: Logger; readonly reload: Reload; readonly marker?: ReloadMarker },
): Applier {
  const { log, reload, marker } = parts;
  const speaking = createLock();
  const { config, drainTimeout, runtimeUpdates } = settings;
  const shared = { ask: createAsk(), lock: speaking, config, drainTimeout };
  const runtime = runtimeUpdates ? createRuntime({ ...shared, log }) : undefined;
  const connection = runtime ?? createRuntime({ ...shared, log: silent });
  const around: Runtime['around'] = (doc, change, signal) => connection.around(doc, change, signal);
  return createApplier(settings, { log, reload, now: () => new Date(), runtime, around, speaking, ...(marker && { marker }) });
}
