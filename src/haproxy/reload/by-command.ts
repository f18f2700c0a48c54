import { readFile } from 'node:fs/promises';
import type { HaproxySettings } from '../../config/settings.ts';
import { HaproxyError, systemCode } from '../error.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { identityIn } from '../runtime/replies.ts';
import type { Ask } from '../runtime/socket.ts';
import { runtimeSocket } from '../runtime/socket-address.ts';
import { run } from '../../lib/process/run.ts';

export interface CommandReload {
  readonly settings: Pick<HaproxySettings, 'config' | 'reloadInterval'>;
  /** The HAProxy processes that run with the configuration. */
  readonly processes: () => Promise<readonly HaproxyProcess[]>;
  /** Speaks to HAProxy's runtime socket. */
  readonly ask: Ask;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** What went wrong, and milliseconds until the next try. */
export interface ReloadFailure {
  readonly code: 'reload-failed' | 'reload-refused';
  readonly what: string;
  readonly pause: number;
}

/**
 * One run of a command that reloads: undefined if HAProxy was reloaded. Where a HAProxy with this configuration ran before, that is when
 * a process of it that was not there answers on the runtime socket (where none answered there before: when it stays); else the
 * command's exit status decides.
 */
export async function reloadByCommand(
  command: readonly string[],
  options: CommandReload,
  signal: AbortSignal,
): Promise<ReloadFailure | undefined> {
  const { processes, settings } = options;
  const before = await processes();
  const isAnswered = includes(before, await answering(options, signal));
  const result = await runCommand(command, { signal, timeout: COMMAND_TIMEOUT });
  if (!result.ok) {
    const said = result.output === '' ? '' : `: ${result.output}`;
    const what = `the command ended with ${result.how}${said}`;
    return { code: 'reload-failed', what, pause: settings.reloadInterval * 1000 };
  }
  if (before.length === 0 || (await appears(before, isAnswered, options, signal))) return undefined;
  const said = result.output === '' ? '' : `; the command said: ${result.output}`;
  const what = `no new HAProxy process with ${settings.config} within ${settings.reloadInterval} s${said}`;
  return { code: 'reload-refused', what, pause: 0 };
}

/**
 * Whether HAProxy runs with a process that was not there before: one that cannot have its ports lives for seconds (3.2) and dies.
 * It must answer; if no process answered before the reload either, it must stay.
 */
async function appears(
  before: readonly HaproxyProcess[],
  isAnswered: boolean,
  options: CommandReload,
  signal: AbortSignal,
): Promise<boolean> {
  const { processes, settings, wait } = options;
  const known = new Set(before.map(identity));
  const within = settings.reloadInterval * 1000;
  const stay = new Map<string, number>();
  let pause = 25;
  let lastSeen = Number.POSITIVE_INFINITY;
  for (let waited = 0; ; waited += pause) {
    const now = (await processes()).filter((each) => !known.has(identity(each)));
    if (now.length > 0 && includes(now, await answering(options, signal))) return true;
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
async function answering({ settings, ask }: CommandReload, signal: AbortSignal): Promise<number | undefined> {
  const head = await readFile(settings.config, 'utf8').catch(() => '');
  const found = runtimeSocket({ sections: [{ kind: 'head', name: 'head', blocks: [{ text: head }] }], files: [] });
  if (found.kind === 'none') return undefined;
  try {
    return identityIn(await ask(found.address, 'show info', signal))?.pid;
  } catch (error) {
    if (error instanceof HaproxyError) return undefined;
    throw error;
  }
}

/** Milliseconds after which a command that does not end is killed. */
const COMMAND_TIMEOUT = 120_000;

/** Milliseconds a new process must stay, those without one after it died, and those after which one that does not answer is believed. */
const STAY = 200;
const GONE = 1000;
const LONGEST_START = 10_000;

function includes(processes: readonly HaproxyProcess[], pid: number | undefined): boolean {
  return processes.some((each) => each.pid === pid);
}

function identity(process: HaproxyProcess): string {
  return `${process.pid} ${process.started}`;
}

/** How a command ended; `output` is bounded. */
interface CommandResult {
  readonly ok: boolean;
  /** `status 1`, `SIGKILL`. */
  readonly how: string;
  readonly output: string;
}

/** Runs a command without a shell. Throws `command-missing` if it cannot be started, and the signal's reason if that aborts. */
async function runCommand(words: readonly string[], options: { signal: AbortSignal; timeout: number }): Promise<CommandResult> {
  const [program = '', ...args] = words;
  try {
    const end = await run(program, args, { ...options, limit: 4000, abortWith: 'SIGTERM' });
    const how = end.code === null ? `${end.signal}` : `status ${end.code}`;
    return { ok: end.code === 0, how, output: end.output.trim() };
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined || options.signal.aborted) throw cause;
    throw new HaproxyError(
      'command-missing',
      `HAProxy was not reloaded: \`${program}\` cannot be run (${code === 'ENOENT' ? 'there is no such program' : code}). Check --command.`,
      { retryable: true, cause },
    );
  }
}
