import { isAbsolute, join } from 'node:path';
import { isWord } from '../config/certificates/cert-store.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../log/logger.ts';
import { type Certificates, createCertificates } from './certificates.ts';
import { createHaproxyJudge } from './haproxy-judge.ts';
import { createKeptPairs } from './kept-pairs.ts';
import { openPairs } from './open-store.ts';
import { createGivenFiles } from './stores/given-files.ts';
import { createPatientStore } from './stores/patient-store.ts';

/**
 * Makes what reads the certificates of the shared HTTPS frontend; nothing is read yet. With `--cert-store` HAProxy reads them from the state folder,
 * without it where `--ssl-certs` says. `head`: of the configuration. `isReadOnly`: nothing is written to the state folder. Undefined: there is no such frontend.
 */
export function openCertificates(
  { run, render, haproxy }: Pick<Settings, 'run' | 'render' | 'haproxy'>,
  { log, head, isReadOnly = false }: { readonly log: Logger; readonly head: string; readonly isReadOnly?: boolean },
): Certificates | undefined {
  if (!render.bindHttpHttps) return undefined;
  if (run.certStore === undefined) {
    // A relative path is HAProxy's, whose folder may be another one.
    const paths = render.sslCerts.filter((path) => isAbsolute(path) && isWord(path));
    return createCertificates({ stores: [createGivenFiles(paths)], log, now });
  }
  const given = createGivenFiles(render.sslCerts);
  const kept = createKeptPairs(keptFolder(run), { isReadOnly });
  const judge =
    haproxy.skipValidation || isReadOnly ? undefined : createHaproxyJudge({ haproxy, head, folder: run.stateDir, log });
  const pairs = openPairs(run.certStore);
  const patient = createPatientStore(pairs, { hasFormer: () => kept.hasSome(pairs.name) });
  return createCertificates({ stores: [given, patient], kept, judge, log, now });
}

function now(): Date {
  return new Date();
}

function keptFolder({ stateDir }: Pick<Settings['run'], 'stateDir'>): string {
  return join(stateDir, 'certificates');
}
