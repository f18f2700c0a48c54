import { clientCasFingerprint, readClientCas } from '../config/certificates/client-cas.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import type { ClientCas } from '../model/certificates/client-cas.ts';
import { createFolderWatch, type FolderWatch } from './folder-watch.ts';

/** Watches the authorities of clients of settings, which were read before. */
export function createClientCasWatch(
  { run, render }: Pick<Settings, 'run' | 'render'>,
  log: Pick<Logger, 'error' | 'info'>,
): FolderWatch<ClientCas> {
  return createFolderWatch(
    {
      folder: run.clientCasFolder,
      first: render.clientCas,
      read(folder, before) {
        const found = readClientCas(folder, before);
        return 'fault' in found ? found : { value: found.cas };
      },
      fingerprint: clientCasFingerprint,
      what: 'authorities of clients',
      option: '--client-cas',
    },
    log,
  );
}
