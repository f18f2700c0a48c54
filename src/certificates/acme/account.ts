import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Secret } from '../../lib/secret.ts';
import { CertificateError } from '../error.ts';
import { ACME_FOLDER } from '../shared/folder-store.ts';
import type { SharedStore } from '../shared/shared-store.ts';

/** The key of the account, which all load balancers with one store share: then each HAProxy can answer for an order of any of them. */
export interface Account {
  /** PEM. */
  readonly key: Secret;
  /** What an answer to HTTP-01 consists of, beside the token (RFC 7638); no secret. */
  readonly thumbprint: string;
}

/** Returns the account of the store, whose key is made if there is none. Throws if the store cannot be read or written. */
export async function accountOf(store: SharedStore): Promise<Account> {
  const found = (await store.read(ACCOUNT_KEY)) ?? (await store.create(ACCOUNT_KEY, newKey('ec')));
  const thumbprint = thumbprintOf(found);
  if (thumbprint === undefined) {
    throw new CertificateError(
      `${store.name}/${ACCOUNT_KEY} holds no private key that can be read: put it right, or remove it for a new account`,
    );
  }
  return { key: new Secret(found), thumbprint };
}

/** The document of a store with the account's key. */
export const ACCOUNT_KEY = `${ACME_FOLDER}/account.key`;

/** Makes a private key as PEM: P-256, or RSA with 2048 bits. */
export function newKey(type: 'ec' | 'rsa'): string {
  const { privateKey } =
    type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Returns the digest of the public key's members in their order (RFC 7638); undefined if the text is no key that ACME can have. */
export function thumbprintOf(pem: string): string | undefined {
  try {
    const { crv, e, kty, n, x, y } = createPublicKey(pem).export({ format: 'jwk' });
    const members = kty === 'EC' ? { crv, kty, x, y } : kty === 'RSA' ? { e, kty, n } : undefined;
    return members && createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  } catch {
    return undefined; // the message may quote the key
  }
}
