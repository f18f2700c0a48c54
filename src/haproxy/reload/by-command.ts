import { readFile } from 'node:fs/promises';
import type { HaproxySettings } from '../../config/settings.ts';
import { HaproxyError } from '../error.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { type Identity, identityIn } from '../runtime/replies.ts';
import { lookAtWorker, waitForNewWorker } from '../runtime/worker-identity.ts';
import type { Ask } from '../runtime/socket.ts';
import { runtimeSocket } from '../runtime/socket-address.ts';
import { run } from '../../lib/process/run.ts';
import { systemCode } from '../../lib/errors.ts';

export interface CommandReload {
  readonly settings: Pick<HaproxySettings, 'config' | 'reloadInterval'>;
  /** The HAProxy processes that run with the configuration. */
  readonly processes: () => Promise<readonly HaproxyProcess[]>;
  /** Sends commands to HAProxy's runtime socket. */
  readonly ask: Ask;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** The failure, and milliseconds until the next try. */
export interface ReloadFailure {
  readonly code: 'reload-failed' | 'reload-refused';
  readonly what: string;
  readonly pause: number;
}

/**
 * Runs a command that reloads, once. Returns undefined if HAProxy was reloaded. If a HAProxy with this configuration ran before, that is when
 * a process that was not there answers on the runtime socket (if none answered there before, when it stays); else the
 * command's exit status decides.
 */
export async function reloadByCommand(
  command: readonly string[],
  options: CommandReload,
  signal: AbortSignal,
): Promise<ReloadFailure | undefined> {
  const { processes, settings, clock, wait } = options;
  const view = { processes, answering: (signal: AbortSignal) => answering(options, signal) };
  const before = await lookAtWorker(view, signal);
  const result = await runCommand(command, { signal, timeout: COMMAND_TIMEOUT });
  if (!result.ok) {
    const said = result.output === '' ? '' : `: ${result.output}`;
    const what = `the command ended with ${result.how}${said}`;
    return { code: 'reload-failed', what, pause: settings.reloadInterval * 1000 };
  }
  if (before.processes?.length === 0) return undefined;
  const found = await waitForNewWorker(view, before, { within: settings.reloadInterval * 1000, clock, wait }, signal);
  if (found.kind !== 'none') return undefined;
  const said = result.output === '' ? '' : `; the command said: ${result.output}`;
  const what = `no new HAProxy process with ${settings.config} within ${settings.reloadInterval} s${said}`;
  return { code: 'reload-refused', what, pause: 0 };
}

/** Returns who answers on the runtime socket that the configuration names; undefined if no process does. */
async function answering({ settings, ask }: CommandReload, signal: AbortSignal): Promise<Identity | undefined> {
  const head = await readFile(settings.config, 'utf8').catch(() => '');
  const found = runtimeSocket({ sections: [{ kind: 'head', name: 'head', blocks: [{ text: head }] }], files: [] });
  if (found.kind === 'none') return undefined;
  try {
    return identityIn(await ask(found.address, 'show info', signal));
  } catch (error) {
    if (error instanceof HaproxyError) return undefined;
    throw error;
  }
}

/** Milliseconds after which a command that does not end is killed. */
const COMMAND_TIMEOUT = 120_000;

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
