import { isAbsolute, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** Where certificates come from besides `--ssl-certs`. A kind is a row of `openStore` in `src/certificates/open-certificates.ts`. */
export interface CertStore {
  readonly kind: 'dir';
  /** Absolute path. */
  readonly folder: string;
}

/** Returns whether HAProxy takes a path as one word, in its configuration and at its sockets. */
export function isWord(path: string): boolean {
  return /^[\w.+@=~,/-]+$/.test(path);
}

/** Reads `--cert-store`. `stateDir`: HAProxy reads the certificates there. Throws `UsageError`. */
export function readCertStore(text: string | undefined, cwd: string, stateDir: string): CertStore | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const [, kind, place = ''] = /^([a-z]+):(.*)$/.exec(text.trim()) ?? [];
  if (kind !== 'dir' || place === '') {
    throw new UsageError(`option --cert-store: '${text}' is no store; give a folder of certificates as dir:FOLDER`);
  }
  if (!isWord(stateDir)) {
    throw new UsageError(
      `option --cert-store: HAProxy cannot read certificates in ${JSON.stringify(stateDir)}; name a path of letters, digits and _ . + @ = ~ , - with --state-dir`,
    );
  }
  return { kind, folder: isAbsolute(place) ? resolve(place) : resolve(cwd, place) };
}
