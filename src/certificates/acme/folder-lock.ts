import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../lib/errors.ts';
import type { Lease } from './shared-store.ts';

export interface FolderLockOptions {
  readonly folder: string;
  /** Who takes it: the same after a restart, no other one's. */
  readonly holder: string;
  /** Milliseconds after which a lock that is not renewed counts no more; it is renewed three times as often. */
  readonly lease: number;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
}

export interface FolderLock {
  take(): Promise<Lease | undefined>;
}

/**
 * A lock of a folder that several machines share. Each holder makes a file with the next number, which only one of them can: the highest number
 * has the lock. It is renewed by other bytes in that file. Whoever sees the same bytes as long as the lease takes the next number. So no clock is
 * compared with that of another machine.
 */
export function createFolderLock({ folder, holder, lease, clock }: FolderLockOptions): FolderLock {
  let seen: { readonly text: string; readonly since: number } | undefined;
  const path = (number: number): string => join(folder, `lock.${number}`);

  const isFree = async (number: number): Promise<boolean> => {
    const text = await readFile(path(number), 'utf8').catch(() => undefined);
    // It was given up at this moment, and a higher one is there; or it is just being made.
    if (text === undefined) return false;
    const [name, state] = text.split('\n');
    if (state === FREE || name === holder) return true;
    const shown = `${number} ${text}`;
    if (seen?.text !== shown) seen = { text: shown, since: clock() };
    return clock() - seen.since >= lease;
  };

  return {
    async take() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const highest = await highestIn(folder);
      if (highest !== undefined && !(await isFree(highest))) return undefined;
      const number = (highest ?? 0) + 1;
      if (!(await isMade(path(number), `${holder}\n0\n`))) return undefined;
      const numbers = await numbersIn(folder);
      // Others may have taken this number, given it back and taken the next one since the folder was read.
      if (Math.max(...numbers) > number) {
        await rm(path(number), { force: true });
        return undefined;
      }
      for (const old of numbers) if (old < number) await rm(path(old), { force: true });
      return renewed(number);
    },
  };

  function renewed(number: number): Lease {
    const lost = new AbortController();
    let count = 0;
    let last = clock();
    let isAtWork: Promise<void> | undefined;
    const lose = (): void =>
      lost.abort(new Error(`the lock of ${folder} is lost: it could not be renewed in time, or another load balancer has it`));
    const write = async (state: string): Promise<void> => {
      const temporary = join(folder, `.lock.${number}.new`);
      await rm(temporary, { force: true });
      await isMade(temporary, `${holder}\n${state}\n`);
      await rename(temporary, path(number));
    };
    const renew = async (): Promise<void> => {
      try {
        count += 1;
        const begun = clock();
        await write(String(count));
        if ((await highestIn(folder)) === number) last = begun;
        else lose();
      } catch {
        // The folder may be away for a moment: the lease says for how long that does not matter.
      }
    };
    const timer = setInterval(() => {
      if (clock() - last >= lease) lose();
      if (lost.signal.aborted) clearInterval(timer);
      else isAtWork ??= renew().finally(() => (isAtWork = undefined));
    }, lease / 3).unref();
    return {
      lost: lost.signal,
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await isAtWork;
        if (!lost.signal.aborted && (await highestIn(folder).catch(() => undefined)) === number)
          await write(FREE).catch(() => {});
        lose();
      },
    };
  }
}

const FREE = 'free';

async function highestIn(folder: string): Promise<number | undefined> {
  const numbers = await numbersIn(folder);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const [, digits] = /^lock\.(\d{1,15})$/.exec(name) ?? [];
    return digits === undefined ? [] : [Number(digits)];
  });
}

/** Makes a file with all of its text. Returns whether the name was free. */
async function isMade(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}
