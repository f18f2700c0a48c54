import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../lib/errors.ts';
import { createLease, createStaleness, type LeaseOptions } from './lease.ts';
import type { Lease } from './shared-store.ts';

export interface FolderLockOptions extends LeaseOptions {
  readonly folder: string;
  /** Who takes it: the same after a restart, no other one's. */
  readonly holder: string;
}

export interface FolderLock {
  take(): Promise<Lease | undefined>;
}

/**
 * A lock of a folder that several machines share. Each holder makes a file with the next number, which only one of them can: the highest number
 * has the lock. It is renewed by other bytes in that file. A load balancer that sees the same bytes as long as the lease takes the next number. So no clock is
 * compared with that of another machine.
 */
export function createFolderLock({ folder, holder, lease, clock }: FolderLockOptions): FolderLock {
  const isStale = createStaleness({ lease, clock });
  const path = (number: number): string => join(folder, `lock.${number}`);

  const isFree = async (number: number): Promise<boolean> => {
    const text = await readFile(path(number), 'utf8').catch(() => undefined);
    // It was given up at this moment, and a higher one is there; or it is just being made.
    if (text === undefined) return false;
    const [name, state] = text.split('\n');
    return state === FREE || name === holder || isStale(`${number} ${text}`);
  };

  return {
    async take() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const highest = await highestIn(folder);
      if (highest !== undefined && !(await isFree(highest))) return undefined;
      const number = (highest ?? 0) + 1;
      const since = clock();
      if (!(await isMade(path(number), `${holder}\n0\n`))) return undefined;
      const numbers = await numbersIn(folder);
      // Others may have taken this number, given it back and taken the next one since the folder was read.
      if (Math.max(...numbers) > number) {
        await rm(path(number), { force: true });
        return undefined;
      }
      for (const old of numbers) if (old < number) await rm(path(old), { force: true });
      return renewed(number, since);
    },
  };

  function renewed(number: number, since: number): Lease {
    let count = 0;
    const write = async (state: string): Promise<void> => {
      const temporary = join(folder, `.lock.${number}.new`);
      await rm(temporary, { force: true });
      await isMade(temporary, `${holder}\n${state}\n`);
      await rename(temporary, path(number));
    };
    return createLease({
      name: folder,
      lease,
      clock,
      since,
      async renew() {
        count += 1;
        await write(String(count));
        return (await highestIn(folder)) === number;
      },
      async giveBack() {
        if ((await highestIn(folder)) === number) await write(FREE);
      },
    });
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
