import type { Logger } from '../log/logger.ts';

/** What a folder of the operator has, whose files are followed while the program runs. */
export interface FolderWatch<T> {
  /** Undefined if there is no folder. */
  readonly current: T | undefined;
  /** Returns whether files changed since the last look but one, and did not since the last: a file that is being written is left in peace. Reads them then. */
  look(): boolean;
  /** Reads the folder again: if it cannot be read, only the log says so. */
  readAgain(): void;
}

export interface WatchedFolder<T> {
  /** Undefined: there is none. */
  readonly folder: string | undefined;
  /** What was read before. */
  readonly first: T | undefined;
  readonly read: (folder: string, before: T | undefined) => { readonly value: T } | { readonly fault: string };
  readonly fingerprint: (folder: string) => string;
  /** What it has, as messages say it: `error pages`. */
  readonly what: string;
  readonly option: string;
}

/** Watches a folder that was read before. */
export function createFolderWatch<T extends { readonly faults: readonly string[] }>(
  { folder, first, read: readFolder, fingerprint, what, option }: WatchedFolder<T>,
  log: Pick<Logger, 'error' | 'info'>,
): FolderWatch<T> {
  let current = first;
  if (folder === undefined || current === undefined) return { current: undefined, look: () => false, readAgain: () => {} };
  let logged = new Set<string>();
  const report = (faults: readonly string[]): void => {
    for (const fault of faults) if (!logged.has(fault)) log.error(`${fault}; the other ${what} count (${option})`);
    logged = new Set(faults);
  };
  report(current.faults);
  let read = fingerprint(folder);
  let seen = read;
  const readAgain = (): void => {
    seen = read = fingerprint(folder);
    const found = readFolder(folder, current);
    if ('fault' in found) {
      log.error(`${found.fault}, the ${what} of before stay (${option})`);
      return;
    }
    current = found.value;
    report(current.faults);
  };
  return {
    get current() {
      return current;
    },
    look() {
      const now = fingerprint(folder);
      const isQuiet = now === seen;
      seen = now;
      if (!isQuiet || now === read) return false;
      readAgain();
      log.info(`read the ${what} of ${folder} (${option})`);
      return true;
    },
    readAgain,
  };
}
