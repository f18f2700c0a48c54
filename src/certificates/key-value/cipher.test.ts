import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { createCipher } from './cipher.ts';

const newKey = (): Secret => new Secret(randomBytes(32).toString('base64'));
const [one, two] = [newKey(), newKey()];
const fields = { certificate: 'text', key: 'hidden' };

it('opens what it has sealed, each time with other bytes', () => {
  const cipher = createCipher([one]);
  const [first, second] = [cipher.seal('shop', fields), cipher.seal('shop', fields)];
  expect(first.equals(second)).toBe(false);
  expect(first.toString('latin1')).not.toContain('hidden');
  expect([cipher.open('shop', first), cipher.open('shop', second)]).toEqual([fields, fields]);
});

it('opens nothing of another key, under another name, or with one bit changed', () => {
  const bytes = createCipher([one]).seal('shop', fields);
  const refusal = 'cannot be decrypted with the key of --cert-store-key';
  expect(createCipher([two]).open('shop', bytes)).toBe(refusal);
  expect(createCipher([one]).open('blog', bytes)).toBe(refusal);
  for (let at = 4; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged[at] = damaged[at]! ^ 1;
    expect(createCipher([one]).open('shop', damaged)).toBe(refusal);
  }
  for (const short of [0, 3, 10, 20, 32]) {
    const opened = createCipher([one]).open('shop', bytes.subarray(0, short));
    expect(opened).toBe(short < 4 ? 'is not encrypted by this program' : refusal);
  }
  expect(createCipher([one]).open('shop', Buffer.from('-----BEGIN CERTIFICATE-----'))).toBe('is not encrypted by this program');
});

it('renews what a later key sealed, and nothing else', () => {
  const old = createCipher([one]).seal('shop', fields);
  const both = createCipher([two, one]);
  const renewed = both.renew('shop', old);
  expect(createCipher([two]).open('shop', renewed ?? Buffer.alloc(0))).toEqual(fields);
  expect(both.renew('shop', renewed ?? Buffer.alloc(0))).toBeUndefined();
  expect(both.renew('blog', old)).toBeUndefined();
  expect(both.renew('shop', Buffer.from('text'))).toBeUndefined();
});

it('seals with the first key, and opens with each', () => {
  const old = createCipher([one]).seal('shop', fields);
  const both = createCipher([two, one]);
  expect(both.open('shop', old)).toEqual(fields);
  expect(createCipher([two]).open('shop', both.seal('shop', fields))).toEqual(fields);
});
