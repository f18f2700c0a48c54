import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { accountOf, newKey, thumbprintOf } from './account.ts';
import { createFolderStore } from '../shared/folder-store.ts';

it('has the thumbprint of the example in RFC 7638', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  const pem = createPublicKey({ key: { kty: 'RSA', e: 'AQAB', n }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
  expect(thumbprintOf(pem)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  expect(thumbprintOf('no key')).toBeUndefined();
});

it('makes keys of both types', () => {
  expect(createPrivateKey(newKey('ec')).asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  expect(createPrivateKey(newKey('rsa')).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
});

it('is one for all load balancers of a store, with a key that only its owner can read and nothing prints', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-account-'));
  try {
    const stores = ['a', 'b', 'c'].map((holder) => createFolderStore(folder, { holder, lease: 1000, clock: () => 0 }));
    const accounts = await Promise.all(stores.map(accountOf));
    expect(new Set(accounts.map(({ thumbprint }) => thumbprint)).size).toBe(1);
    expect(accounts[0]?.thumbprint).toMatch(/^[\w-]{43}$/);
    const path = join(folder, 'acme', 'account.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(inspect(accounts[0]) + JSON.stringify(accounts[0])).not.toContain('PRIVATE');
    await writeFile(path, 'secret but no key');
    const fault = await accountOf(stores[0]!).catch(String);
    expect(fault).toMatch(/acme\/account\.key holds no private key/);
    expect(fault).not.toContain('secret');
  } finally {
    await rm(folder, { recursive: true });
  }
});
