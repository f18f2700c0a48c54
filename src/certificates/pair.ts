/** A certificate with its private key, as text: whether HAProxy can serve it, and what it says. */
import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../lib/errors.ts';
import { Secret } from '../lib/secret.ts';
import type { CertificateFacts } from '../model/certificates/certificate.ts';

/** A pair that fits together. */
export interface Pair extends CertificateFacts {
  /** Nothing but the PEM blocks: HAProxy's sockets end a text at an empty line. */
  readonly pem: Secret;
  readonly digest: string;
}

/** Reads a certificate, its chain and its key. Looks at no clock: `dateFault` does. */
export function readPair(text: string): Pair | { readonly fault: string } {
  // A certificate may have dates and names that Node cannot read.
  return attempt(() => readSound(text)) ?? { fault: 'holds a certificate that cannot be read' };
}

function readSound(text: string): Pair | { readonly fault: string } {
  const found = readBlocks(text);
  if ('fault' in found) return found;
  const { certificate, blocks } = found;
  const pem = `${blocks.join('\n')}\n`;
  const fault = chainFault(blocks) ?? contextFault(pem);
  if (fault !== undefined) return { fault };
  return {
    pem: new Secret(pem),
    digest: createHash('sha256').update(pem).digest('hex'),
    hosts: hostsOf(certificate),
    ...alsoNamed(certificate),
    issuer: commonName(certificate.issuer),
    ...(hasResponder(certificate, blocks) && { hasResponder: true }),
    starts: new Date(certificate.validFrom).toISOString(),
    ends: new Date(certificate.validTo).toISOString(),
    fingerprint: certificate.fingerprint.replaceAll(':', ''),
  };
}

/** Returns why a certificate cannot be used at this time; undefined: it can. */
export function dateFault({ starts, ends }: Pick<CertificateFacts, 'starts' | 'ends'>, now: Date): string | undefined {
  if (Date.parse(ends) <= now.getTime()) return `has expired on ${ends}`;
  if (Date.parse(starts) > now.getTime()) return `is not valid before ${starts}`;
  return undefined;
}

/** Returns what is wrong with a certificate with its key; undefined: nothing. */
export function pemFault(pem: string): string | undefined {
  const found = readBlocks(pem);
  return 'fault' in found ? found.fault : undefined;
}

interface Blocks {
  readonly certificate: X509Certificate;
  readonly blocks: readonly string[];
}

function readBlocks(text: string): Blocks | { readonly fault: string } {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g)].map(([block]) =>
    withoutEmptyLines(block),
  );
  const first = blocks.find((block) => block.startsWith(CERTIFICATE));
  const certificate = attempt(() => new X509Certificate(first ?? ''));
  if (certificate === undefined) return { fault: 'holds no certificate that can be read' };
  const block = blocks.find((each) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(each));
  if (block === undefined) return { fault: 'holds no private key' };
  const key = attempt(() => createPrivateKey(block));
  if (key === undefined) {
    return { fault: 'holds a private key that cannot be read; if it has a passphrase, remove that: HAProxy cannot ask for it' };
  }
  if (!certificate.checkPrivateKey(key)) return { fault: 'holds a private key that belongs to another certificate' };
  return { certificate, blocks: [...blocks.filter((each) => SERVED.test(each)), block] };
}

/** Without other keys and what tools write beside them: HAProxy takes one key. */
const SERVED = /^-----BEGIN (?:CERTIFICATE|DH PARAMETERS)-----/;

const CERTIFICATE = '-----BEGIN CERTIFICATE-----';

function withoutEmptyLines(block: string): string {
  return block
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

function chainFault(blocks: readonly string[]): string | undefined {
  const chain = blocks.filter((block) => block.startsWith(CERTIFICATE)).slice(1);
  const at = chain.findIndex((block) => attempt(() => new X509Certificate(block)) === undefined);
  return at === -1 ? undefined : `holds a chain whose certificate ${at + 2} cannot be read`;
}

/** Returns whether HAProxy can ask an OCSP responder about a certificate: to say which one it is takes the key of its issuer, too. */
function hasResponder(certificate: X509Certificate, blocks: readonly string[]): boolean {
  if (!/^OCSP - URI:http:/m.test(certificate.infoAccess ?? '')) return false;
  const others = blocks.filter((block) => block.startsWith(CERTIFICATE)).slice(1);
  return others.some((block) => certificate.checkIssued(new X509Certificate(block)));
}

/** HAProxy would not start with a certificate that OpenSSL refuses: a key that is too short, a signature by SHA-1. */
function contextFault(pem: string): string | undefined {
  try {
    createSecureContext({ cert: pem, key: pem, ciphers: USUAL_LEVEL });
    return undefined;
  } catch (error) {
    // Only the reason: it is one of a fixed list.
    const [, reason] = /:([a-z0-9 ]+)$/.exec(messageOf(error)) ?? [];
    return `is refused by OpenSSL${reason === undefined ? '' : ` (${reason})`}, and so by HAProxy`;
  }
}

/** Security level 2 is that of Debian, and of OpenSSL from 3.2 on. */
const USUAL_LEVEL = 'DEFAULT@SECLEVEL=2';

function hostsOf(certificate: X509Certificate): readonly string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,]*)/g)].map(([, name = '']) => name);
  const all = names.length > 0 ? names : [commonName(certificate.subject)];
  return [...new Set(all.map((name) => name.toLowerCase()).filter((name) => HOST.test(name)))];
}

function alsoNamed(certificate: X509Certificate): Pick<CertificateFacts, 'alsoNamed'> {
  const name = commonName(certificate.subject).toLowerCase();
  return HOST.test(name) && !hostsOf(certificate).includes(name) ? { alsoNamed: [name] } : {};
}

/** What else may stand there is of no use to HAProxy, and must not reach a terminal or a file of words. */
const HOST = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/;

/** Returns the common name of a subject or an issuer; Node gives none for an empty one. */
function commonName(name: string | undefined): string {
  if (name === undefined) return '';
  return /^CN=(.*)$/m.exec(name)?.[1] ?? name.replaceAll('\n', ', ');
}

/** Messages of the library may quote what they cannot read. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
