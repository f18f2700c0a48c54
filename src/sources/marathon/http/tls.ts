import { existsSync, readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { MarathonError } from '../error.ts';
import { messageOf, systemCode } from '../../../lib/errors.ts';

/** The part of `tls.connect`'s options that this program sets. */
export interface TlsOptions {
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
}

/**
 * How TLS to Marathon and the DC/OS login is verified: against `caCert` alone if it is given, else against the system's
 * and Node's own CAs; not at all when `insecure`. Throws a `MarathonError` if the file cannot be used.
 */
export function tlsOptions(settings: { readonly caCert?: string | undefined; readonly insecure: boolean }): TlsOptions {
  if (settings.insecure) return { rejectUnauthorized: false };
  if (settings.caCert === undefined) return systemContext();
  try {
    const ca = readFileSync(settings.caCert, 'utf8');
    // Node takes it for an empty list, and no certificate would be accepted.
    if (!/^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/m.test(ca)) throw new Error('there is no certificate in it');
    return { secureContext: createSecureContext({ ca }) };
  } catch (error) {
    throw new MarathonError(
      'ca-unreadable',
      `the CA file ${settings.caCert} cannot be used (${reasonOf(error)}): --marathon-ca-cert needs the path of a PEM file with certificates`,
      { cause: error },
    );
  }
}

/**
 * Returns how to fix a connection that failed because the other side could not be verified, or does not speak TLS as it should; `setting` is the option
 * that names it. Undefined if it failed for another reason.
 */
export function tlsRemedy(error: unknown, setting: string): string | undefined {
  const code = systemCode(error) ?? '';
  if (!/^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/.test(code)) {
    return undefined;
  }
  // OpenSSL's "wrong version number": what came was no TLS at all, most likely plain HTTP.
  if (error instanceof Error && error.message.includes('0A00010B'))
    return `it does not speak TLS: check the port in ${setting}, or use http://`;
  const or = 'or turn verification off with --marathon-insecure';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for other names: use one of them in ${setting}, ${or}`;
  if (code === 'CERT_HAS_EXPIRED') return `its certificate has expired: renew it, ${or}`;
  return `name its CA with --marathon-ca-cert, ${or}`;
}

/** Node knows only the CAs it was built with; an operator expects those of the machine. */
function systemContext(): TlsOptions {
  const bundle = SYSTEM_BUNDLES.find((path) => existsSync(path));
  if (bundle === undefined) return {};
  try {
    return { secureContext: createSecureContext({ ca: [...rootCertificates, readFileSync(bundle, 'utf8')] }) };
  } catch {
    return {};
  }
}

/** Debian and Alpine, Red Hat, SUSE. */
const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem'];

function reasonOf(error: unknown): string {
  return systemCode(error) ?? messageOf(error);
}
