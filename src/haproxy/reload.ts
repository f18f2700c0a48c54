import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultConfig } from '../config/default-config.ts';
import type { HaproxySettings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import { HaproxyError } from './error.ts';
import type { InitReload } from './init-system.ts';
import { findInitReload } from './init-system.ts';
import { machine } from './machine.ts';
import { reloadByMaster } from './master-reload.ts';
import type { HaproxyProcess } from './processes.ts';
import { findProcesses } from './processes.ts';
import { identityIn } from './replies.ts';
import { runCommand } from './run-command.ts';
import { shellWords } from './shell-words.ts';
import { type Ask, createAsk } from './socket.ts';
import { readAddress, runtimeSocket, tellAddress } from './socket-address.ts';

export type ReloadSettings = Pick<HaproxySettings, 'config' | 'command' | 'maxReloadRetries' | 'reloadInterval' | 'masterSocket'>;

export interface ReloadDeps {
  readonly log: Logger;
  /** The HAProxy processes that run with the configuration. */
  readonly processes?: () => Promise<readonly HaproxyProcess[]>;
  readonly initReload?: () => Promise<InitReload | undefined>;
  /** Milliseconds; ends early with the signal's reason. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Speaks to the master's socket. */
  readonly ask?: Ask;
}

/** How often the command ran; 0: there is nothing that reloads HAProxy here. */
export interface Reloaded {
  readonly attempts: number;
}

/** `retries`: instead of what the settings say. */
export type Reload = (signal: AbortSignal, retries?: number) => Promise<Reloaded>;

/**
 * Makes the function that reloads HAProxy over the master's socket, by `--command` or the machine's init system. With a command: where a HAProxy with this
 * configuration ran before, a reload is done when a process of it that was not there answers on the runtime socket (where none answered
 * there before: when it stays); else the command's exit status decides. `--max-reload-retries` are for the first reload that goes well:
 * later ones are tried once, as the next pass tries again. Throws HaproxyError (`command-malformed`, `command-missing`, `reload-failed`, `reload-refused`) or the signal's reason.
 */
export function createReload(settings: ReloadSettings, deps: ReloadDeps): Reload {
  const processes = deps.processes ?? (() => findProcesses(settings.config));
  const wait = deps.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }));
  const words = createWords(settings, deps);
  const ask = deps.ask ?? createAsk();

  let hasWorked = false;

  return async (signal, given) => {
    const way = await findWay();
    if (way === undefined) return { attempts: 0 };
    // A way that led there once needs no patience: the next pass tries again, and meanwhile servers may come and go.
    const retries = given ?? (hasWorked ? 0 : settings.maxReloadRetries);
    for (let attempts = 1; ; attempts += 1) {
      const failure = await way.attempt(signal);
      if (failure === undefined) {
        hasWorked = true;
        return { attempts };
      }
      if (retries >= 0 && attempts > retries) throw failed(way, attempts, failure);
      deps.log.warn(`Reload of HAProxy failed (attempt ${attempts}): ${failure.what}; trying again`, { attempts });
      await wait(failure.pause, signal);
    }
  };

  async function findWay(): Promise<Way | undefined> {
    const { masterSocket, reloadInterval: within } = settings;
    if (masterSocket !== undefined) {
      const address = readAddress(masterSocket) ?? { kind: 'path', path: masterSocket };
      const attempt = async (signal: AbortSignal): Promise<Failure | undefined> => {
        const what = await reloadByMaster({ address, ask, within: Math.max(1, within), wait }, signal);
        return what === undefined ? undefined : { code: 'reload-refused', what, pause: within * 1000 };
      };
      return { name: `reload on ${tellAddress(address)}`, option: '--master-socket', attempt };
    }
    const command = await words();
    if (command === undefined) return undefined;
    return { name: command[0] ?? '', option: '--command', attempt: (signal) => attempt(command, signal) };
  }

  /** One run of the command: undefined if HAProxy was reloaded, else what failed and how long to wait (ms) before the next. */
  async function attempt(command: readonly string[], signal: AbortSignal): Promise<Failure | undefined> {
    const before = await processes();
    const isAnswered = includes(before, await answering(signal));
    const result = await runCommand(command, { signal, timeout: COMMAND_TIMEOUT });
    if (!result.ok) {
      const said = result.output === '' ? '' : `: ${result.output}`;
      return {
        code: 'reload-failed',
        what: `the command ended with ${result.how}${said}`,
        pause: settings.reloadInterval * 1000,
      };
    }
    if (before.length === 0 || (await appears(before, isAnswered, signal))) return undefined;
    const what = `no new HAProxy process with ${settings.config} within ${settings.reloadInterval} s`;
    return { code: 'reload-refused', what, pause: 0 };
  }

  /**
   * Whether HAProxy runs with a process that was not there before: one that cannot have its ports lives for seconds (3.2) and dies.
   * What counts is that it answers; where nobody answered before the reload either, that it stays.
   */
  async function appears(before: readonly HaproxyProcess[], isAnswered: boolean, signal: AbortSignal): Promise<boolean> {
    const known = new Set(before.map(identity));
    const within = settings.reloadInterval * 1000;
    const stay = new Map<string, number>();
    let pause = 25;
    let lastSeen = Number.POSITIVE_INFINITY;
    for (let waited = 0; ; waited += pause) {
      const now = (await processes()).filter((each) => !known.has(identity(each)));
      if (now.length > 0 && includes(now, await answering(signal))) return true;
      if (now.length > 0) lastSeen = waited;
      else if (waited >= within || waited - lastSeen >= GONE) return false;
      const isPatient = isAnswered && waited < Math.max(within, LONGEST_START);
      for (const id of now.map(identity)) {
        const since = stay.get(id);
        if (since === undefined) stay.set(id, waited);
        else if (!isPatient && waited - since >= STAY) return true;
      }
      await wait(pause, signal);
      pause = Math.min(pause * 2, stay.size > 0 ? 50 : 500);
    }
  }

  /** Number of the process that answers on the runtime socket which the configuration names. */
  async function answering(signal: AbortSignal): Promise<number | undefined> {
    const head = await readFile(settings.config, 'utf8').catch(() => '');
    const found = runtimeSocket({ sections: [{ kind: 'head', name: 'head', blocks: [{ text: head }] }], maps: [] });
    if (found.kind === 'none') return undefined;
    try {
      return identityIn(await ask(found.address, 'show info', signal))?.pid;
    } catch (error) {
      if (error instanceof HaproxyError) return undefined;
      throw error;
    }
  }
}

/** Milliseconds a new process must stay, those without one after it died, and those after which one that does not answer is believed. */
const STAY = 200;
const GONE = 1000;
const LONGEST_START = 10_000;

function includes(processes: readonly HaproxyProcess[], pid: number | undefined): boolean {
  return processes.some((each) => each.pid === pid);
}

/** A way to reload. */
interface Way {
  readonly name: string;
  readonly option: string;
  readonly attempt: (signal: AbortSignal) => Promise<Failure | undefined>;
}

/** What went wrong, and milliseconds until the next try. */
interface Failure {
  readonly code: 'reload-failed' | 'reload-refused';
  readonly what: string;
  readonly pause: number;
}

/** Milliseconds after which a command that does not end is killed. */
const COMMAND_TIMEOUT = 120_000;

/**
 * Finds the words to run, at every reload anew: an init system may come later. It knows only the HAProxy of the default file: another
 * one must be told how. That there are none is said once.
 */
function createWords(settings: ReloadSettings, deps: ReloadDeps): () => Promise<readonly string[] | undefined> {
  const find = deps.initReload ?? (() => findInitReload(machine));
  let said = false;
  return async () => {
    if (settings.command !== undefined && settings.command.trim() !== '') return parse(settings.command);
    const isDefault = settings.config === defaultConfig;
    const found = isDefault ? await find() : undefined;
    if (found === undefined && !said) {
      deps.log.warn(
        isDefault
          ? 'HAProxy is not reloaded: no --command is given, and no Upstart job, systemd unit or SysV script of the name haproxy was found'
          : `HAProxy is not reloaded: an init system would reload the one of ${defaultConfig}, not of ${settings.config}; say with --command or --master-socket how that one is reloaded`,
      );
      said = true;
    }
    return found?.words;
  };
}

function parse(command: string): readonly string[] {
  const words = shellWords(command);
  if (words !== undefined && words.length > 0) return words;
  throw new HaproxyError(
    'command-malformed',
    `--command cannot be split into words: a quote or a backslash is left open in: ${command}`,
    {
      retryable: false,
    },
  );
}

function identity(process: HaproxyProcess): string {
  return `${process.pid} ${process.started}`;
}

function failed({ name, option }: Way, attempts: number, { code, what }: Failure): HaproxyError {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return new HaproxyError(code, `HAProxy was not reloaded: \`${name}\` was tried ${times}; ${what}. Check ${option}.`, {
    retryable: true,
  });
}
