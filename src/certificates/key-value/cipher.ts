import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Secret } from '../../lib/secret.ts';
import type { Fields } from './key-value.ts';

/** Values as bytes that can be read, or made, only with a key. */
export interface Cipher {
  /** `node`: the whole path of the node; its bytes cannot be opened as those of another node. */
  seal(node: string, fields: Fields): Buffer;
  /** Returns the value, or why it cannot be read. */
  open(node: string, bytes: Buffer): Fields | string;
  /** Returns the same value sealed with the first key; undefined if it is already, or cannot be opened. */
  renew(node: string, bytes: Buffer): Buffer | undefined;
}

/** Makes AES-256-GCM with keys of 32 bytes in base64: the first one seals, each of them opens. */
export function createCipher(keys: readonly Secret[]): Cipher {
  const secrets = keys.map((key) => Buffer.from(key.reveal(), 'base64'));
  const seal: Cipher['seal'] = (node, fields) => {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(ALGORITHM, secrets[0] ?? Buffer.alloc(0), nonce).setAAD(Buffer.from(node));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(fields)), cipher.final()]);
    return Buffer.concat([MARK, nonce, cipher.getAuthTag(), sealed]);
  };

  return {
    seal,

    open(node, bytes) {
      if (!bytes.subarray(0, MARK.length).equals(MARK)) return 'is not encrypted by this program';
      return openWith(secrets, node, bytes) ?? 'cannot be decrypted with the key of --cert-store-key';
    },

    renew(node, bytes) {
      if (openWith(secrets.slice(0, 1), node, bytes) !== undefined) return undefined;
      const fields = openWith(secrets.slice(1), node, bytes);
      return fields && seal(node, fields);
    },
  };
}

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
/** What is encrypted in another way, some day, begins otherwise. */
const MARK = Buffer.from('mlb1');

function openWith(secrets: readonly Buffer[], node: string, bytes: Buffer): Fields | undefined {
  const [nonce, tag, sealed] = [bytes.subarray(4, 16), bytes.subarray(16, 32), bytes.subarray(32)];
  for (const secret of secrets) {
    try {
      const decipher = createDecipheriv(ALGORITHM, secret, nonce, { authTagLength: 16 });
      decipher.setAAD(Buffer.from(node)).setAuthTag(tag);
      return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString()) as Fields;
    } catch {
      // Another key, or other bytes: the message says no more than that.
    }
  }
  return undefined;
}
