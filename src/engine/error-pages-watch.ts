import { errorPagesFingerprint, readErrorPages } from '../config/error-pages.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { ErrorPages } from '../render/error-pages/sections.ts';
import { createFolderWatch, type FolderWatch } from './folder-watch.ts';

/** Watches the error pages of settings, which were read before. */
export function createErrorPagesWatch(
  { run, render }: Pick<Settings, 'run' | 'render'>,
  log: Pick<Logger, 'error' | 'info'>,
): FolderWatch<ErrorPages> {
  return createFolderWatch(
    {
      folder: run.errorPagesFolder,
      first: render.errorPages,
      read(folder) {
        const found = readErrorPages(folder);
        return 'fault' in found ? found : { value: found.pages };
      },
      fingerprint: errorPagesFingerprint,
      what: 'error pages',
      option: '--error-pages',
    },
    log,
  );
}
