/** HAProxy as a child that is kept running. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWordsIn } from '../../haproxy/check/alerts.ts';
import { HaproxyError } from '../../haproxy/error.ts';
import { type Master, type MasterSettings, startMaster } from '../../haproxy/process/master.ts';
import type { Reload } from '../../haproxy/reload/reload.ts';
import { createAsk } from '../../haproxy/runtime/socket.ts';
import type { Logger } from '../../log/logger.ts';
import { createRestartPause } from './restart-backoff.ts';
import { NEVER } from '../../lib/async/signals.ts';
import { messageOf, systemCode } from '../../lib/errors.ts';

export interface Supervisor extends AsyncDisposable {
  /** Reloads the running HAProxy; does nothing if it is started after the call. */
  readonly reload: Reload;
  /** Starts HAProxy again whenever it ends, until the signal. */
  run(signal: AbortSignal): Promise<void>;
  /** Stops HAProxy: nothing new is accepted, what runs may end within the grace period. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SupervisorParts {
  readonly log: Logger;
  /** Reloads over the master's socket. */
  readonly reload: Reload;
  /** Called before HAProxy is started again after a start that failed: repairs its configuration. */
  readonly repair: (signal: AbortSignal) => Promise<unknown>;
  /**
   * Called if HAProxy does not start with a configuration that its check accepts, with its words: too few open files, a folder that is missing.
   * Puts one without services in its place.
   */
  readonly leaveOutServices: (why: string) => Promise<unknown>;
  /** Called before each start after the first: writes to the files what only the HAProxy that ended knew. */
  readonly writePending: () => Promise<void>;
  /** HAProxy runs again. */
  readonly restarted: () => void;
}

/** Starts HAProxy, without services if it does not start with them. Throws `HaproxyError` (`start-failed`) if that fails too. */
export async function startSupervisor(
  settings: MasterSettings & { readonly masterSocket: string; readonly hurry: AbortSignal },
  { log, reload, repair, leaveOutServices, writePending, restarted }: SupervisorParts,
): Promise<Supervisor> {
  const ask = createAsk(1000);
  const serves = async (): Promise<boolean> => {
    const address = { kind: 'path', path: settings.masterSocket } as const;
    const answer = await ask(address, '@1 show info', NEVER).catch(() => '');
    return /^Pid: \d/m.test(answer);
  };
  const pause = createRestartPause();
  const start = async (): Promise<Master> => {
    // Files of an earlier run must not count for this one.
    await rm(settings.masterSocket, { force: true });
    state.starts += 1;
    return startMaster(settings, serves, log);
  };
  /** `starts`: how often HAProxy began to read its files. */
  const state = { isUp: true, starts: 0 };
  let current = start().catch(async (error: unknown) => {
    if (settings.hurry.aborted || !isStartFailed(error)) throw error;
    await leaveOutServices(error.message);
    return start();
  });
  let reloading: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> | undefined;
  const tooLate = new AbortController();
  await current;

  const stop = async (): Promise<void> => {
    const patience = new AbortController();
    const over = AbortSignal.any([patience.signal, settings.hurry]);
    await Promise.race([reloading, sleep(RELOAD_PATIENCE, undefined, { signal: over }).catch(() => {})]);
    patience.abort();
    tooLate.abort();
    const master = await current.catch(() => undefined);
    log.info(`HAProxy is stopped: what runs may end within ${settings.grace / 1000} s`);
    await master?.[Symbol.asyncDispose]();
  };
  /** Files that are a moment old would send requests to tasks that are gone. HAProxy is down, so this does not wait for long. */
  const catchUp = async (signal: AbortSignal): Promise<void> => {
    const over = new AbortController();
    const patience = sleep(WRITE_PATIENCE, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => {});
    const written = writePending().catch((error: unknown) => {
      log.error(`HAProxy starts with files that may be a moment old: ${messageOf(error)}`);
    });
    await Promise.race([written, patience]);
    over.abort();
  };
  /** HAProxy prints why it cannot start, and up to 2.6 says so nowhere else. */
  const withWords = async (reload: Reload): ReturnType<Reload> => {
    const master = await current;
    master.takeAlerts();
    try {
      return await reload(tooLate.signal);
    } catch (error) {
      if (!(error instanceof HaproxyError) || error.code !== 'reload-refused') throw error;
      const words = startWordsIn(master.takeAlerts());
      if (words === '' || error.message.includes(words)) throw error;
      const { code, retryable, message } = error;
      throw new HaproxyError(code, `${message} HAProxy says: ${words}`, { retryable, cause: error });
    }
  };
  /** Until it runs, or the signal. */
  const startAgain = async (signal: AbortSignal): Promise<void> => {
    state.isUp = false;
    for (let failures = 0; !signal.aborted; failures += 1) {
      await sleep(pause.next(), undefined, { signal }).catch(() => {});
      if (signal.aborted || stopped !== undefined) return;
      try {
        await catchUp(signal);
        if (failures > 0) await repair(signal);
        const starting = start();
        current = starting;
        await starting;
        state.isUp = true;
        log.info('HAProxy runs again');
        restarted();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HaproxyError) && systemCode(error) === undefined) throw error;
        // The first failure may be of the moment, such as a port that another program still has.
        if (failures > 0 && isStartFailed(error)) await leaveOutServices(error.message);
        else log.error(messageOf(error));
      }
    }
  };

  return {
    reload: async (signal) => {
      if (!state.isUp) {
        const { starts } = state;
        while (!state.isUp) await sleep(50, undefined, { signal });
        // A start that had begun may have read files that were older.
        if (state.starts > starts) return { attempts: 1 };
      }
      signal.throwIfAborted();
      // Waits until it has ended: a master that reloads may miss the signal that stops it.
      const work = withWords(reload);
      reloading = work.catch(() => {});
      return work;
    },
    async run(signal) {
      if (signal.aborted) return;
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      for (;;) {
        const master = await current;
        await Promise.race([master.ended, aborted]);
        if (signal.aborted || stopped !== undefined) return;
        log.error('HAProxy ended by itself, and is started again');
        await startAgain(signal);
        if (signal.aborted) return;
      }
    },
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  };
}

function isStartFailed(error: unknown): error is HaproxyError {
  return error instanceof HaproxyError && error.code === 'start-failed';
}

/** Milliseconds. A reload that waits for HAProxy to run again holds the files; it wrote them before. */
const WRITE_PATIENCE = 1000;

/** Milliseconds that a reload may last before HAProxy is stopped all the same. */
const RELOAD_PATIENCE = 3000;
