import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Secret } from '../../lib/secret.ts';
import type { Fields } from './key-value.ts';

/** Values as bytes that only who has a key can read, or make. */
export interface Cipher {
  /** `key`: what it is kept under; it cannot be read as that of another one. */
  seal(key: string, fields: Fields): Buffer;
  /** Returns the value, or why it cannot be read. */
  open(key: string, bytes: Buffer): Fields | string;
}

/** Makes AES-256-GCM with keys of 32 bytes in base64: the first one seals, each of them opens. */
export function createCipher(keys: readonly Secret[]): Cipher {
  const secrets = keys.map((key) => Buffer.from(key.reveal(), 'base64'));
  return {
    seal(key, fields) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(ALGORITHM, secrets[0] ?? Buffer.alloc(0), nonce).setAAD(Buffer.from(key));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(fields)), cipher.final()]);
      return Buffer.concat([MARK, nonce, cipher.getAuthTag(), sealed]);
    },

    open(key, bytes) {
      if (!bytes.subarray(0, MARK.length).equals(MARK)) return 'is not encrypted by this program';
      const [nonce, tag, sealed] = [bytes.subarray(4, 16), bytes.subarray(16, 32), bytes.subarray(32)];
      for (const secret of secrets) {
        try {
          const decipher = createDecipheriv(ALGORITHM, secret, nonce, { authTagLength: 16 });
          decipher.setAAD(Buffer.from(key)).setAuthTag(tag);
          return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString()) as Fields;
        } catch {
          // Another key, or other bytes: the message says no more than that.
        }
      }
      return 'cannot be decrypted with the key of --cert-store-key';
    },
  };
}

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
/** What is encrypted in another way, some day, begins otherwise. */
const MARK = Buffer.from('mlb1');
