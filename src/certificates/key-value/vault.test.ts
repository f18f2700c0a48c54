import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../../../test/support/certificates/issue.ts';
import { startVaultServer, type VaultServer } from '../../../test/support/stores/vault-server.ts';
import { endless, json, makeCa, serve } from '../../../test/support/marathon/marathon-http.ts';
import type { VaultPlace } from '../../config/certificates/cert-store.ts';
import { Secret } from '../../lib/secret.ts';
import { readSituation } from '../acme/orders/situation.ts';
import { writeState } from '../acme/orders/state.ts';
import { createSharedDocuments } from './shared-documents.ts';
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

const note = (askAt: number) => ({ begun: [], failures: {}, notes: { 'shop.test': { directory: 'x', askAt } } });

it('are read again only if they are new, or ordered again, while everything else stays', async () => {
  const { pem } = await issue(['shop.test']);
  const vault = createVault(placeAt(server.url), { lookEvery: 20 });
  const documents = createSharedDocuments(vault, async () => undefined);
  const store = createStoredPairs(vault);
  for (const name of ['a', 'b']) server.put(`certs/${name}`, { pem });
  await documents.write('acme_shop.test.pem', pem);
  await writeState(documents, note(Date.now()), Date.now());
  await store.read(stop);
  const ending = new AbortController();
  let changes = 0;
  const watching = store.watch(() => (changes += 1), ending.signal);
  /** Returns the secrets that are read after the next report. */
  const readAfter = async (change: () => unknown): Promise<readonly string[]> => {
    const looks = (): number => server.requests.filter(({ url }) => url.endsWith('/certs?list=true')).length;
    const begun = looks();
    await expect.poll(looks).toBeGreaterThan(begun + 1);
    changes = 0;
    await change();
    await expect.poll(() => changes).toBeGreaterThan(0);
    const { length } = server.requests;
    await store.read(stop, { onlyReported: true });
    const urls = server.requests.slice(length).map(({ method, url }) => `${method} ${url}`);
    return urls.filter((url) => /^GET .*\/data\/certs\/[^/]+$/.test(url)).map((url) => url.replace(/.*\//, ''));
  };
  expect(await readAfter(() => server.put('certs/c', { pem }))).toEqual(['c']);
  expect(await readAfter(() => writeState(documents, note(Date.now() + 1000), Date.now()))).toEqual(['acme_shop.test']);
  ending.abort();
  await watching;
});

describe('what goes wrong', () => {
  it('with one secret costs this one only', async () => {
    const { pem } = await issue(['shop.test']);
    for (const name of ['a', 'c']) server.put(`certs/${name}`, { pem });
    server.put('certs/b', { pem: 'x'.repeat(1_000_001) });
    server.deny('certs/c');
    const store = storeAt(server.url);
    const found = await store.read(stop);
    expect(found.map(({ content }) => ('fault' in content ? content.fault : 'a text'))).toEqual([
      'a text',
      expect.stringMatching(/^cannot be read: .*\/b answers with more than 1000000 bytes$/),
      expect.stringMatching(/^cannot be read: .*\/c answers 403 \(permission denied\)/),
    ]);
    const again = await store.read(stop);
    expect(again.map((each, at) => each === found[at])).toEqual([true, true, true]);
  });

  it('with the documents of one host costs this host only', async () => {
    const vault = createVault(placeAt(server.url));
    const documents = createSharedDocuments(vault, async () => undefined);
    const { pem } = await issue(['one.test']);
    for (const host of ['one', 'two']) await documents.write(`acme_${host}.test.pem`, pem);
    server.deny('certs/acme_two.test');
    await vault.write('acme/state.json', { other: 'x' });
    const wishes = ['one.test', 'two.test', 'three.test'].map((host) => ({ host, app: '/shop', index: 0 }));
    const known = new Map();
    const parts = { store: documents, domains: ['*'], directory: 'https://ca.test', hasDnsHook: false, now: Date.now, known };
    const seen = await readSituation(wishes, parts);
    expect([...seen.issued.keys(), ...seen.failures.keys()]).toEqual(['one.test', 'two.test']);
    expect(seen.plan.due.map(({ host }) => host)).toEqual(['three.test']);
    expect(seen.failures.get('two.test')?.detail).toMatch(/^vault:secret\/certs: .*answers 403/);
  });

  it('is said of a list that is too large', async () => {
    await using large = await serve(endless(' '));
    await expect(storeAt(large.url).read(stop)).rejects.toThrow(/metadata\/certs answers with more than 10000000 bytes/);
  });

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
    await expect.poll(() => server.renewals()).toBe(1);
    expect(server.requests.map(({ headers }) => headers['x-vault-token'])).toEqual(Array.from({ length: 4 }, () => token));
  });

  it('of a place that has none to renew is left as it is', async () => {
    await using plain = await startVaultServer({ token });
    expect(await storeAt(plain.url).read(stop)).toEqual([]);
    await expect.poll(() => plain.renewals()).toBe(1);
  });

  it('is read again from its file, by the next request and after a refusal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mlb-token-'));
    const file = join(folder, 'token');
    const { server: access, ...place } = placeAt(server.url);
    const store = createStoredPairs(createVault({ ...place, server: { ...access, token: { file } } }));
    try {
      await expect(store.read(stop)).rejects.toThrow(/^VAULT_TOKEN_FILE: .*token has no token that can be read$/);
      await writeFile(file, `${token}\n`);
      expect(await store.read(stop)).toEqual([]);
      await writeFile(file, '');
      expect(await store.read(stop)).toEqual([]);
      await writeFile(file, 'hvs.hidden2');
      await expect(store.read(stop)).rejects.toThrow(/answers 403/);
      await writeFile(file, token);
      expect(await store.read(stop)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that cannot be renewed as there is no answer is used all the same', async () => {
    await using half = await serve((request, response) => {
      if (request.url?.includes('renew-self') === true) return void request.socket.destroy();
      json({ data: { keys: [] } })(request, response);
    });
    expect(await storeAt(half.url).read(stop)).toEqual([]);
  });
});

it('writes to an engine that needs the version', async () => {
  await using strict = await startVaultServer({ token, needsVersion: true });
  const vault = createVault(placeAt(strict.url));
  for (const text of ['a', 'b']) expect(await vault.write('acme/x', { text })).toBe(true);
  expect(strict.get('certs/acme/x')).toEqual({ text: 'b' });
});

it('does not write over a secret that was changed or removed meanwhile', async () => {
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
