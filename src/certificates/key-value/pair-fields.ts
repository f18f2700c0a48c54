/** Certificates as fields of a value. */
import { Secret } from '../../lib/secret.ts';
import type { StoredCertificate } from '../stores/store.ts';
import type { Fields } from './key-value.ts';

/** Returns certificate, chain and key of a value as one PEM text, whichever of the usual names its fields have; or what is wrong. */
export function contentOf(fields: Fields | string): StoredCertificate['content'] {
  if (typeof fields === 'string') return { fault: fields };
  const texts = [CERTIFICATE, CHAIN, KEY].map((names) => firstText(fields, names));
  const [certificate, chain, key] = texts;
  if (certificate === undefined) return { fault: `has no text in a field ${CERTIFICATE.slice(0, 3).join(', ')}` };
  if (key === undefined && !certificate.includes('PRIVATE KEY-')) {
    return { fault: `has no text in a field ${KEY.slice(0, 3).join(', ')}` };
  }
  // What has the chain in it has it only once.
  const all = certificate.split('-----BEGIN CERTIFICATE-').length > 2 ? [certificate, key] : [certificate, chain, key];
  const text = all.filter((each) => each !== undefined).join('\n');
  return text.length > LARGEST ? { fault: `is larger than ${LARGEST} bytes` } : new Secret(text);
}

/** Returns a PEM text as the fields that a certificate is written with. */
export function fieldsOf(pem: string): Fields {
  const key = KEY_BLOCK.exec(pem)?.[0] ?? '';
  return { certificate: `${pem.replace(KEY_BLOCK, '').trim()}\n`, key: `${key}\n` };
}

/** Those of certbot, of Vault's own authority, of Kubernetes; the one with the chain first. */
const CERTIFICATE = ['certificate', 'fullchain', 'cert', 'tls.crt', 'crt', 'pem'];
const CHAIN = ['ca_chain', 'chain', 'issuing_ca'];
const KEY = ['key', 'privkey', 'private_key', 'tls.key'];

const KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** Bytes, as of files. */
const LARGEST = 1_000_000;

function firstText(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    const text = Array.isArray(value) ? value.join('\n') : value;
    if (typeof text === 'string' && text.trim() !== '') return text;
  }
  return undefined;
}
