import { setTimeout as sleep } from 'node:timers/promises';
import type { HaproxySettings } from '../../config/settings.ts';
import type { Logger } from '../../log/logger.ts';
import { reloadByCommand, type ReloadFailure } from './by-command.ts';
import { HaproxyError } from '../error.ts';
import type { InitReload } from './init-system.ts';
import { reloadByMaster } from './by-master.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { findProcesses } from '../process/processes.ts';
import { createCommandFinder } from './find-command.ts';
import { type Ask, createAsk } from '../runtime/socket.ts';
import { readAddress, formatAddress } from '../runtime/socket-address.ts';

export type ReloadSettings = Pick<HaproxySettings, 'config' | 'command' | 'maxReloadRetries' | 'reloadInterval' | 'masterSocket'>;

export interface ReloadDeps {
  readonly log: Logger;
  /** The HAProxy processes that run with the configuration. */
  readonly processes?: () => Promise<readonly HaproxyProcess[]>;
  readonly initReload?: () => Promise<InitReload | undefined>;
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number;
  /** Milliseconds; ends early with the signal's reason. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Sends commands to HAProxy's sockets. */
  readonly ask?: Ask;
}

/** The number of runs of the command; 0 if no command reloads HAProxy here. */
export interface Reloaded {
  readonly attempts: number;
}

/** `retries`: instead of what the settings say. */
export type Reload = (signal: AbortSignal, retries?: number) => Promise<Reloaded>;

/**
 * Makes the function that reloads HAProxy over the master's socket, by `--command` or the machine's init system. `--max-reload-retries`
 * are for the first reload that goes well: later ones are tried once, as the next pass tries again. Throws `HaproxyError`
 * (`command-malformed`); the function throws `HaproxyError` (`command-missing`, `reload-failed`, `reload-refused`) or the signal's reason.
 */
export function createReload(settings: ReloadSettings, deps: ReloadDeps): Reload {
  const {
    log,
    processes = () => findProcesses(settings.config),
    clock = () => performance.now(),
    wait = (ms, signal) => sleep(ms, undefined, { signal }),
    ask = createAsk(),
  } = deps;
  const words = createCommandFinder(settings, deps);

  let hasWorked = false;

  return async (signal, given) => {
    const way = await findWay();
    if (way === undefined) return { attempts: 0 };
    // Retry only until the first success: later failures are retried by the next pass, and servers may come and go until then.
    const retries = given ?? (hasWorked ? 0 : settings.maxReloadRetries);
    for (let attempts = 1; ; attempts += 1) {
      const failure = await way.attempt(signal);
      if (failure === undefined) {
        hasWorked = true;
        return { attempts };
      }
      if (retries >= 0 && attempts > retries) throw failed(way, attempts, failure);
      log.warn(`Reload of HAProxy failed (attempt ${attempts}): ${failure.what}; trying again`, { attempts });
      await wait(failure.pause, signal);
    }
  };

  async function findWay(): Promise<Way | undefined> {
    const { masterSocket, reloadInterval: within } = settings;
    if (masterSocket !== undefined) {
      const address = readAddress(masterSocket) ?? { kind: 'path', path: masterSocket };
      const attempt = async (signal: AbortSignal): Promise<ReloadFailure | undefined> => {
        const what = await reloadByMaster({ address, ask, within: Math.max(1, within), wait }, signal);
        return what === undefined ? undefined : { code: 'reload-refused', what, pause: within * 1000 };
      };
      return { name: `reload on ${formatAddress(address)}`, option: '--master-socket', attempt };
    }
    const command = await words();
    if (command === undefined) return undefined;
    const attempt = (signal: AbortSignal) => reloadByCommand(command, { settings, processes, ask, clock, wait }, signal);
    return { name: command[0] ?? '', option: '--command', attempt };
  }
}

/** A way to reload. */
interface Way {
  readonly name: string;
  readonly option: string;
  readonly attempt: (signal: AbortSignal) => Promise<ReloadFailure | undefined>;
}

function failed({ name, option }: Way, attempts: number, { code, what }: ReloadFailure): HaproxyError {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return new HaproxyError(code, `HAProxy was not reloaded: \`${name}\` was tried ${times}; ${what}. Check ${option}.`, {
    retryable: true,
  });
}
