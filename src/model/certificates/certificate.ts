import type { Secret } from '../../lib/secret.ts';

/** A certificate with its private key, checked: HAProxy can serve it. */
export interface Certificate extends CertificateFacts {
  /** Its name in its store. */
  readonly name: string;
  /** Where it comes from, as messages show it: `/etc/ssl/cert.pem`, `dir:/mnt/certs/shop.pem`. */
  readonly origin: string;
  /** Absolute path of the file that HAProxy reads; also its name in the running HAProxy. */
  readonly path: string;
  /** Certificate, chain and key, as HAProxy reads them. */
  readonly pem: Secret;
  /** Of `pem`: two certificates with one digest are the same. */
  readonly digest: string;
}

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Host names in small letters, in the order of the certificate; `*.example.com` stands for each name with one label more. */
  readonly hosts: readonly string[];
  /** Its common name, if that is a host name which is none of those: HAProxy serves the certificate for it, too. */
  readonly alsoNamed?: readonly string[] | undefined;
  /** Who signed it: the common name, or the whole name if there is none. */
  readonly issuer: string;
  /** RFC 3339. */
  readonly starts: string;
  /** RFC 3339. */
  readonly ends: string;
  /** It names an OCSP responder, and the certificate of its issuer comes with it: HAProxy can ask there. */
  readonly hasResponder?: true | undefined;
  /** SHA-1 in hexadecimal capitals: by it HAProxy tells certificates apart in its answers. */
  readonly fingerprint: string;
}

/** The certificates that count now, the default one first. */
export interface CertificateTable {
  readonly certificates: readonly Certificate[];
  readonly problems: readonly CertificateProblem[];
  /** By the name of a store of `--cert-store`: whether it could be read the last time; left out: there is none. */
  readonly stores?: Readonly<Record<string, boolean>>;
}

/** A pair that cannot be used, or a source that cannot be read. */
export interface CertificateProblem {
  readonly origin: string;
  /** What is wrong and what follows: one sentence without its full stop. Names no key. */
  readonly detail: string;
}

export const NO_CERTIFICATES: CertificateTable = { certificates: [], problems: [] };
