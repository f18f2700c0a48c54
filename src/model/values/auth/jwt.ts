/** Values of the labels that ask for a signed token. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import type { Parsed } from '../parsed.ts';

/** What tokens are signed with. */
export interface JwtKey {
  /** A secret, or a public key in PEM. */
  readonly text: string;
  readonly isPublic: boolean;
  /** The algorithms that the key can check; the first one is used without JWT_ALG. All are for the same kind of key. */
  readonly algorithms: readonly string[];
}

/** Reads JWT_KEY: a public key or a certificate in PEM, or a secret. */
export function parseJwtKey(text: string): Parsed<JwtKey> {
  if (/PRIVATE KEY/i.test(text))
    return { must: 'must be the public key, not the private one: make a new pair, this one is known' };
  if (text.includes('-----')) return publicKey(text);
  const secret = text.trim();
  if (!/^[\w~+/=-]{32,512}$/.test(secret)) return { must: SECRET };
  // A key that is shorter than the hash makes it weaker (RFC 7518, section 3.2).
  const algorithms = ['HS256', 'HS384', 'HS512'].filter((name) => secret.length >= Number(name.slice(2)) / 8);
  return { value: { text: secret, isPublic: false, algorithms } };
}

/** Reads JWT_ALG. */
export function parseJwtAlgorithm(text: string): Parsed<string> {
  const name = text.trim().toUpperCase();
  return /^(?:HS|RS|ES)(?:256|384|512)$/.test(name)
    ? { value: name }
    : { must: 'must be HS256, RS256, ES256, or one of these with 384 or 512' };
}

/** Reads JWT_ISSUER. */
export function parseJwtIssuer(text: string): Parsed<string> {
  const name = text.trim();
  return isPlain(name)
    ? { value: name }
    : { must: 'must be a name or an address such as https://login.example.com/, without blanks and quotes' };
}

/** Reads JWT_AUDIENCE: names, separated by commas. */
export function parseJwtAudience(text: string): Parsed<string> {
  const names = text.split(/[\s,]+/).filter(Boolean);
  const isGood = names.length > 0 && names.length <= 20 && names.every(isPlain);
  return isGood ? { value: names.join(',') } : { must: 'must be at most 20 names such as shop, separated by commas' };
}

/** Returns the name of the file of a public key: another key has another one. */
export function keyFileName({ text }: Pick<JwtKey, 'text'>): string {
  return `marathon-lb-jwt-${hash('sha256', text).slice(0, 16)}.pem`;
}

function publicKey(text: string): Parsed<JwtKey> {
  const [, kind = '', body = '', other] = /^\s*-----BEGIN ([A-Z ]+)-----([\w+/=\s]+)-----END ([A-Z ]+)-----\s*$/.exec(text) ?? [];
  if (kind === '' || kind !== other) return { must: PEM };
  const lines = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
  let key: KeyObject;
  try {
    key = createPublicKey([`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ''].join('\n'));
  } catch {
    return { must: PEM };
  }
  const algorithms = algorithmsOf(key);
  if (algorithms === undefined)
    return { must: 'must be a key of RSA with 2048 to 8192 bits, or of the curves P-256, P-384 or P-521' };
  return { value: { text: key.export({ type: 'spki', format: 'pem' }).toString().trim(), isPublic: true, algorithms } };
}

function algorithmsOf({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): readonly string[] | undefined {
  const { modulusLength = 0, namedCurve = '' } = details;
  if (type === 'rsa') return modulusLength >= 2048 && modulusLength <= 8192 ? ['RS256', 'RS384', 'RS512'] : undefined;
  const name = type === 'ec' ? CURVES[namedCurve] : undefined;
  return name === undefined ? undefined : [name];
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** HAProxy reads such a name as one word. */
function isPlain(name: string): boolean {
  return /^[\w.:/@?&=+~-]{1,500}$/.test(name);
}

const SECRET = 'must be a public key in PEM, or a secret of 32 to 512 letters, digits and _~+/=-';

const PEM = 'must be one public key in PEM, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----';
