import type { CertificateOp } from '../../plan/operations.ts';
import { type ConfigDocument, listsCertificates } from '../../render/document.ts';
import type { RunningCertificates } from '../runtime/certificates.ts';

export interface CertificateDrift {
  readonly texts: readonly string[];
  readonly ops: readonly CertificateOp[];
  /** What is done when the list names it no more. */
  readonly last: readonly CertificateOp[];
}

/** Compares the certificates of a document with those of HAProxy. One that its configuration does not name is read at the next reload. */
export function findCertificateDrift(doc: ConfigDocument, actual: RunningCertificates | undefined): CertificateDrift {
  const texts: string[] = [];
  const ops: CertificateOp[] = [];
  if (actual === undefined) return { texts, ops, last: [] };
  const mayAdd = listsCertificates(doc);
  for (const certificate of doc.certificates ?? []) {
    const found = actual.fingerprints.get(certificate.path);
    if (found === certificate.fingerprint || (found === undefined && !mayAdd)) continue;
    texts.push(`certificate ${certificate.name} is ${found === undefined ? 'missing' : 'another one'}`);
    ops.push({ kind: 'certificate', certificate, mayAdd });
  }
  const others = mayAdd ? actual.others : [];
  texts.push(...others.map((path) => `certificate ${path} is there, but not in the list`));
  return { texts, ops, last: others.map((path) => ({ kind: 'certificate-gone', path })) };
}
