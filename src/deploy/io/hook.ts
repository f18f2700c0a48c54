import { spawn } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeployError } from '../error.ts';

export interface Hook {
  readonly path: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Runs the pre-kill hook with the old app, the task ids and the new app as JSON. `line` gets what it says. Throws a `DeployError`
 * (`declined`) if it fails or is ended by the signal: no task may be killed.
 */
export async function runHook(
  hook: Hook,
  told: { readonly old: object; readonly tasks: readonly string[]; readonly fresh: object },
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(hook.path, [argument(told.old), JSON.stringify(told.tasks), argument(told.fresh)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-10_000);
      for (const each of lines) line(each);
    });
    stream.on('end', () => rest === '' || line(rest));
  }
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`cannot be run: ${error.message}`));
    const end = (status: number | null, name: string | null): void => {
      resolve(status === 0 ? undefined : `ended with ${name ?? `status ${status}`}`);
    };
    child.once('close', end);
    // A process that it left in the background may keep its output open.
    child.once('exit', (status, name) => setTimeout(end, LAST_WORDS, status, name).unref());
  });
  const over = new AbortController();
  const limit = AbortSignal.any([over.signal, signal]);
  const tooLong = sleep(hook.timeout, `took longer than ${hook.timeout / 1000} s (--pre-kill-hook-timeout)`, {
    signal: limit,
  }).catch(() => 'was interrupted');
  try {
    const fault = await Promise.race([ended, tooLong]);
    if (fault !== undefined)
      throw new DeployError('declined', `the pre-kill hook ${hook.path} ${fault}: no task was killed`, { retryable: true });
  } finally {
    over.abort();
    await tooLong;
    if (child.exitCode === null && child.pid !== undefined) endGroup(child.pid);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  }
}

/** Throws a `DeployError` (`arguments`) if there is no such program: better before a deploy than in the middle of it. */
export async function refuseMissingHook({ path }: Hook, searched: string): Promise<void> {
  const isHere = await isProgram(path);
  if (path.includes('/')) {
    if (isHere) return;
    throw new DeployError('arguments', `option --pre-kill-hook: ${path} is no file that can be run: check the path and chmod +x`);
  }
  const folders = searched.split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.all(folders.map((folder) => isProgram(join(folder, path))));
  if (found.includes(true)) return;
  const advice = isHere ? `; the one in this folder is ./${path}` : ': give its path';
  throw new DeployError('arguments', `option --pre-kill-hook: ${path} is in no folder of PATH${advice}`);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** How long the output of a hook that has ended is read, milliseconds. */
const LAST_WORDS = 500;

/** Linux takes arguments of at most 128 kB: an app with very many tasks is passed without them. */
function argument(app: object): string {
  const text = JSON.stringify(app);
  return Buffer.byteLength(text) < 120_000 ? text : JSON.stringify({ ...app, tasks: undefined });
}

/** The hook and what it started. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
