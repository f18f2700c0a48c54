/** What the labels of TLS take: versions, ciphers, and how a client's certificate is asked for. */
import { type Parsed, shown } from './parsed.ts';

/** The versions of TLS, as HAProxy writes them; the oldest first. */
export const TLS_VERSIONS = ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export type TlsVersion = (typeof TLS_VERSIONS)[number];

const ALLOWED = 'TLSv1.2 or TLSv1.3';

/** Reads TLS_MIN_VERSION. */
export function parseTlsVersion(text: string): Parsed<TlsVersion> {
  const [, number = ''] = /^(?:TLS ?v?)?(1\.[0-3])$/i.exec(text.trim()) ?? [];
  const version = TLS_VERSIONS.find((each) => each === `TLSv${number}`);
  if (version === 'TLSv1.0' || version === 'TLSv1.1') return { must: `must be ${ALLOWED}, as older versions are broken` };
  return version === undefined ? { must: `must be ${ALLOWED}` } : { value: version };
}

/** HAProxy refuses a list of which it knows no word, and with it all apps: only names that each OpenSSL has are passed on. */
const CIPHERS: ReadonlySet<string> = new Set([
  ...['ECDSA', 'RSA'].flatMap((key) => [
    `ECDHE-${key}-AES128-GCM-SHA256`,
    `ECDHE-${key}-AES256-GCM-SHA384`,
    `ECDHE-${key}-CHACHA20-POLY1305`,
    `ECDHE-${key}-AES128-SHA256`,
    `ECDHE-${key}-AES256-SHA384`,
    `ECDHE-${key}-AES128-SHA`,
    `ECDHE-${key}-AES256-SHA`,
  ]),
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
]);

/** Those of TLS 1.3. */
const SUITES: ReadonlySet<string> = new Set(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']);

/** Reads TLS_CIPHERS: names of OpenSSL, separated by colons, commas or blanks. The value has them with colons, each once. */
export function parseCiphers(text: string): Parsed<string> {
  const names = new Set(
    text
      .trim()
      .toUpperCase()
      .split(/[\s:,]+/)
      .filter((name) => name !== ''),
  );
  const unknown = [...names].find((name) => !CIPHERS.has(name) && !SUITES.has(name));
  if (unknown !== undefined)
    return {
      must: `must be names of ciphers such as ECDHE-RSA-AES256-GCM-SHA384 or TLS_AES_256_GCM_SHA384, not ${shown(unknown)}`,
    };
  return names.size === 0 ? { must: 'must name a cipher' } : { value: [...names].join(':') };
}

/** Returns the ciphers of a value up to TLS 1.2, and those of TLS 1.3; empty texts for none. */
export function splitCiphers(value: string): { readonly ciphers: string; readonly suites: string } {
  const names = value.split(':');
  return {
    ciphers: names.filter((name) => !SUITES.has(name)).join(':'),
    suites: names.filter((name) => SUITES.has(name)).join(':'),
  };
}

/** Reads TLS_CLIENT_VERIFY. */
export function parseClientVerify(text: string): Parsed<'required' | 'optional'> {
  const word = text.trim().toLowerCase();
  return word === 'required' || word === 'optional' ? { value: word } : { must: 'must be required or optional' };
}
