import { errorPagesFingerprint, readErrorPages } from '../config/error-pages.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { ErrorPages } from '../render/error-pages/sections.ts';

/** The error pages that count, whose files are followed while the program runs. */
export interface ErrorPagesWatch {
  /** Undefined if there is no folder. */
  readonly current: ErrorPages | undefined;
  /** Returns whether files changed since the last look but one, and did not since the last: a file that is being written is left in peace. Reads them then. */
  look(): boolean;
  /** Reads the folder again: if it cannot be read, only the log says so. */
  readAgain(): void;
}

/** Watches the error pages of settings, which were read before. */
export function createErrorPagesWatch(
  { run: { errorPagesFolder: folder }, render }: Pick<Settings, 'run' | 'render'>,
  log: Pick<Logger, 'error' | 'info'>,
): ErrorPagesWatch {
  let current = render.errorPages;
  if (folder === undefined || current === undefined) return { current: undefined, look: () => false, readAgain: () => {} };
  let logged = new Set<string>();
  const report = (faults: readonly string[]): void => {
    for (const fault of faults) if (!logged.has(fault)) log.error(`${fault}; the other error pages count (--error-pages)`);
    logged = new Set(faults);
  };
  report(current.faults);
  let read = errorPagesFingerprint(folder);
  let seen = read;
  const readAgain = (): void => {
    seen = read = errorPagesFingerprint(folder);
    const found = readErrorPages(folder);
    if ('fault' in found) {
      log.error(`${found.fault}, the error pages of before stay (--error-pages)`);
      return;
    }
    current = found.pages;
    report(current.faults);
  };
  return {
    get current() {
      return current;
    },
    look() {
      const now = errorPagesFingerprint(folder);
      const isQuiet = now === seen;
      seen = now;
      if (!isQuiet || now === read) return false;
      readAgain();
      log.info(`read the error pages of ${folder} (--error-pages)`);
      return true;
    },
    readAgain,
  };
}
