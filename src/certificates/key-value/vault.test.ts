import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../../../test/support/certificates/issue.ts';
import { startVaultServer, type VaultServer } from '../../../test/support/stores/vault-server.ts';
import { json, makeCa, serve } from '../../../test/support/marathon/marathon-http.ts';
import type { VaultPlace } from '../../config/places/cert-store.ts';
import { Secret } from '../../lib/secret.ts';
import { createStoredPairs } from './stored-pairs.ts';
import { createVault } from './vault.ts';

const token = 'hvs.hidden';
const stop = new AbortController().signal;

let server: VaultServer;
beforeEach(async () => {
  server = await startVaultServer({ token, ttl: 60 });
});
afterEach(() => server[Symbol.asyncDispose]());

const placeAt = (url: string, change: Partial<VaultPlace> & { token?: string; caFile?: string } = {}): VaultPlace => {
  const { token: other = token, caFile, ...rest } = change;
  const access = { url, token: new Secret(other), caFile, namespace: undefined };
  return { kind: 'vault', server: access, mount: 'secret', path: 'certs', ...rest };
};
const storeAt = (url: string, change?: Parameters<typeof placeAt>[1]) => createStoredPairs(createVault(placeAt(url, change)));
const read = (change?: Parameters<typeof placeAt>[1]) => storeAt(server.url, change).read(stop);

describe('secrets', () => {
  it('are read with the names that their writers give the fields', async () => {
    const { certificate, key, pem } = await issue(['shop.test']);
    const chain = (await issue(['ca.test'])).certificate;
    server.put('certs/a-own', { certificate, key });
    server.put('certs/b-certbot', { cert: certificate, chain, fullchain: certificate + chain, privkey: key });
    server.put('certs/c-authority', { certificate, private_key: key, issuing_ca: chain, ca_chain: [chain] });
    server.put('certs/d-one', { pem });
    server.put('certs/folder/e', { certificate, key });
    server.put('certs/name with blanks', { certificate, key });
    const found = await read();
    expect(found.map(({ name, origin }) => `${name} ${origin}`)).toEqual(
      ['a-own', 'b-certbot', 'c-authority', 'd-one'].map((name) => `${name} vault:secret/certs/${name}`),
    );
    const texts = found.map(({ content }) => (content as Secret).reveal());
    for (const text of texts) expect(text).toContain(key.trim());
    expect(texts.map((text) => text.match(/BEGIN CERTIFICATE/g)?.length)).toEqual([1, 2, 2, 1]);
  });

  it('that are none say what they lack, and name no field of others', async () => {
    server.put('certs/a', { user: 'joe', pass: 'hidden' });
    server.put('certs/b', { certificate: 'text' });
    expect((await read()).map(({ content }) => content)).toEqual([
      { fault: 'has no text in a field certificate, fullchain, cert' },
      { fault: 'has no text in a field key, privkey, private_key' },
    ]);
  });
});

it('are in the order of their names, also if nothing is asked for again', async () => {
  const { pem } = await issue(['shop.test']);
  server.put('certs/b', { pem });
  const store = storeAt(server.url);
  await store.read(stop);
  server.put('certs/a', { pem });
  const all = await store.read(stop);
  const { length } = server.requests;
  expect(await store.read(stop, { onlyReported: true })).toEqual(all);
  expect(all.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(server.requests).toHaveLength(length);
});

describe('what goes wrong', () => {
  it.each([
    ['a token that does not count', { token: 'hvs.hidden2' }, /answers 403 \(permission denied\): check VAULT_TOKEN/],
    ['a mount that is not there', { mount: 'other' }, /answers 404 \(no handler for route .*check the mount and the path/],
  ])('is said of %s', async (_what, change, message) => {
    const reading = read(change);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.not.toThrow(/hidden/);
  });

  it('is said of a Vault that is sealed, or away', async () => {
    server.turn('sealed');
    await expect(read()).rejects.toThrow(/answers 503 \(Vault is sealed\): it is sealed, on standby/);
    server.turn('gone');
    await expect(read()).rejects.toThrow(/does not answer \(.*\); check VAULT_ADDR/);
  });

  it('is said of an engine of version 1', async () => {
    await using old = await serve((request, response) => {
      const answer = request.url?.includes('list=true') ? { data: { keys: ['a'] } } : { data: { certificate: 'x' } };
      json(answer)(request, response);
    });
    await expect(storeAt(old.url).read(stop)).rejects.toThrow(/is no secret of a KV engine of version 2/);
  });

  it('is said of a certificate of an unknown CA', async () => {
    using ca = await makeCa();
    await using secure = await startVaultServer({ token, tls: ca });
    expect(await storeAt(secure.url, { caFile: ca.caFile }).read(stop)).toEqual([]);
    await expect(storeAt(secure.url).read(stop)).rejects.toThrow(/certificate.*VAULT_CACERT/);
    await expect(storeAt(secure.url, { caFile: '/none' }).read(stop)).rejects.toThrow(/VAULT_CACERT: \/none cannot be read/);
  });
});

describe('the token', () => {
  it('is renewed once for many requests', async () => {
    const store = storeAt(server.url);
    for (let round = 0; round < 3; round += 1) await store.read(stop);
    expect(server.renewals()).toBe(1);
    expect(server.requests.map(({ headers }) => headers['x-vault-token'])).toEqual(Array.from({ length: 4 }, () => token));
  });

  it('of a place that has none to renew is left as it is', async () => {
    await using plain = await startVaultServer({ token });
    expect(await storeAt(plain.url).read(stop)).toEqual([]);
    expect(plain.renewals()).toBe(1);
  });
});

it('lets nobody write over a secret that was changed or removed meanwhile', async () => {
  const vault = createVault(placeAt(server.url));
  expect(await vault.write('acme/x', { text: 'a' }, { entry: undefined })).toBe(true);
  const seen = { entry: await vault.read('acme/x') };
  expect(await vault.write('acme/x', { text: 'b' }, seen)).toBe(true);
  expect(await vault.write('acme/x', { text: 'c' }, seen)).toBe(false);
  expect(await vault.write('acme/x', { text: 'c' }, { entry: undefined })).toBe(false);
  server.remove('certs/acme/x');
  const removed = await vault.read('acme/x');
  expect(removed?.fields).toBeUndefined();
  expect(await vault.write('acme/x', { text: 'd' }, { entry: removed })).toBe(true);
  expect(server.versionOf('certs/acme/x')).toBe(3);
});
