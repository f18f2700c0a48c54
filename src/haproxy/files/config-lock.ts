/** One program writes a configuration file, and one a state folder: a lock file names the process. */
import { link, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HaproxyError, type HaproxyErrorCode } from '../error.ts';
import { startOf } from '../process/processes.ts';
import { systemCode } from '../../lib/errors.ts';

/** A process; numbers are used again, so that the start belongs to it. */
export interface LockHolder {
  readonly pid: number;
  /** Clock ticks from the machine's start; empty if the system does not tell. */
  readonly started: string;
}

/**
 * Takes the lock of a configuration file; disposing gives it back. The lock of a process that is no more is taken over. Throws a
 * `HaproxyError` (`config-locked`) that names the process that has it. A folder that cannot be written has no lock: nothing can be written
 * there anyway.
 */
export async function lockConfig(config: string, pid: number = process.pid): Promise<AsyncDisposable> {
  // A link is written through, so that its target has the lock.
  const path = lockPath(await realpath(config).catch(() => config));
  return lock(path, pid, (who) => ({
    code: 'config-locked',
    message: `${config} is written by ${who}: stop it, or give this one another file with --haproxy-config`,
  }));
}

/**
 * Takes the lock of a state folder, as `lockConfig` that of a file: two programs would each overwrite what the other has to know after
 * a restart. Throws a `HaproxyError` (`state-locked`) that names the process that has it.
 */
export function lockStateFolder(folder: string, pid: number = process.pid): Promise<AsyncDisposable> {
  return lock(join(folder, '.lock'), pid, (who) => ({
    code: 'state-locked',
    message: `the state folder ${folder} is in use by ${who}: stop it, or give this one a folder of its own with --state-dir`,
  }));
}

interface Refusal {
  readonly code: HaproxyErrorCode;
  readonly message: string;
}

async function lock(path: string, pid: number, refusal: (who: string) => Refusal): Promise<AsyncDisposable> {
  const own = textOf({ pid, started: await startOf(pid) });
  const temporary = `${path}.${pid}`;
  try {
    await write(temporary, own);
  } catch {
    return { [Symbol.asyncDispose]: async () => {} };
  }
  try {
    for (let tries = 0; !(await isLinked(temporary, path)); tries += 1) {
      const holder = await readHolder(path);
      if (holder !== undefined && (await isRunning(holder))) throw locked(holder, refusal);
      if (tries >= 10) throw locked(holder, refusal);
      await putAside(path, holder, pid);
    }
  } finally {
    await rm(temporary, { force: true });
  }
  return {
    async [Symbol.asyncDispose]() {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (text === own) await rm(path, { force: true }).catch(() => {});
    },
  };
}

export function lockPath(config: string): string {
  return join(dirname(config), `.${basename(config)}.lock`);
}

/** Returns whether the name was free: `link` takes no name that is there. */
async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock that was left behind, but not one that another process put there meanwhile. */
async function putAside(path: string, stale: LockHolder | undefined, pid: number): Promise<void> {
  const aside = `${path}.${pid}.old`;
  await rename(path, aside).catch(() => {});
  const found = await readHolder(aside);
  if (found !== undefined && found.pid !== stale?.pid) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function isRunning({ pid, started }: LockHolder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user runs all the same; a number that is too large is none.
    if (systemCode(error) !== 'EPERM') return false;
  }
  return (await startOf(pid)) === started;
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, started = ''] = /^([1-9]\d{0,9}) (\d*)\n$/.exec(text) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), started };
}

function textOf({ pid, started }: LockHolder): string {
  return `${pid} ${started}\n`;
}

async function write(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

function locked(holder: LockHolder | undefined, refusal: (who: string) => Refusal): HaproxyError {
  const { code, message } = refusal(holder === undefined ? 'another marathon-lb' : `another marathon-lb (pid ${holder.pid})`);
  return new HaproxyError(code, message, { retryable: false });
}
