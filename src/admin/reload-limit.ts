/** Limits how often a client of the port can start a reload of HAProxy or a read of Marathon: each reload leaves an old worker behind. */
import { statSync } from 'node:fs';

export interface ReloadLimitOptions {
  /** Files that a reload reads; a folder stands for itself. */
  readonly files: readonly string[];
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** Milliseconds between reloads for which no file changed. */
  readonly interval?: number;
}

/** Returns a function that tells whether a reload may be done now: undefined, or the milliseconds until the next one. */
export function createReloadLimit({ files, clock, interval = 30_000 }: ReloadLimitOptions): () => number | undefined {
  let last: { readonly at: number; readonly prints: string } | undefined;
  return () => {
    const prints = files.map(printOf).join('\n');
    const wait = last === undefined || last.prints !== prints ? 0 : last.at + interval - clock();
    if (wait > 0) return wait;
    last = { at: clock(), prints };
    return undefined;
  };
}

/** Changes with the file. */
function printOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}
