/** What only ZooKeeper can do to a store of certificates. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type Client, createClient } from 'node-zookeeper-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStoredPairs } from '../../src/certificates/key-value/stored-pairs.ts';
import { createZookeeper } from '../../src/certificates/key-value/zookeeper.ts';
import { promised } from '../../src/certificates/key-value/zookeeper-sessions.ts';
import { openPairs, openShared } from '../../src/certificates/open-store.ts';
import { NEVER } from '../../src/lib/async/signals.ts';
import { Secret } from '../../src/lib/secret.ts';
import { issue } from '../support/certificates/issue.ts';
import { type ZookeeperSite, zookeeperSite } from '../support/stores/sites.ts';
import { HAS_ZOOKEEPER } from '../support/stores/zookeeper.ts';

const LEASE = 3000;
const PATIENCE = 20_000;

const nodeOf = (name: string): string => `/lb/certs/certificates/${name}`;

describe.runIf(HAS_ZOOKEEPER)('with ZooKeeper', { timeout: 3 * PATIENCE }, () => {
  let site: ZookeeperSite;
  let stranger: Client;
  beforeEach(async () => {
    site = await zookeeperSite();
    stranger = createClient(site.zookeeper.servers);
    const isConnected = once(stranger, 'connected');
    stranger.connect();
    await isConnected;
  });
  afterEach(async () => {
    stranger.close();
    await site[Symbol.asyncDispose]();
  });

  const create = (name: string, data: Buffer) => promised<string>((done) => stranger.create(nodeOf(name), data, done));
  const shared = (holder: string) => openShared(site.place, { holder, lease: LEASE, clock: () => performance.now() });

  test('nothing on its disk can be read, and what others put there is no certificate', async () => {
    const pair = await issue(['shop.test']);
    await site.put('shop', pair);
    const documents = shared('the-holder');
    await documents.write('acme/order_shop.test.json', 'the-order');
    await using lease = await documents.lock();
    expect(lease).toBeDefined();
    await create('plain', Buffer.from(pair.certificate));
    const sealed = await promised<Buffer>((done) => stranger.getData(nodeOf('shop'), (error, data) => done(error, data)));
    await create('copy', sealed);
    await promised<string>((done) => stranger.create(nodeOf('empty'), done));
    const found = await openPairs(site.place).read(NEVER);
    expect(found.map(({ name, content }) => [name, 'fault' in content ? content.fault : 'a text'])).toEqual([
      ['copy', 'cannot be decrypted with the key of --cert-store-key'],
      ['empty', 'is not encrypted by this program'],
      ['plain', 'is not encrypted by this program'],
      ['shop', 'a text'],
    ]);
    const folder = join(site.zookeeper.data, 'version-2');
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')));
    // The name of a node, and the one that was not encrypted, are there.
    expect(files.join('')).toContain('order_shop.test.json');
    expect(files.join('')).toContain('BEGIN CERTIFICATE');
    expect(files.join('')).not.toMatch(/PRIVATE KEY|the-order|the-holder/);
  });

  test('what is encrypted for one path cannot be opened in another', async () => {
    await site.put('shop', await issue(['shop.test']));
    const sealed = await promised<Buffer>((done) => stranger.getData(nodeOf('shop'), (error, data) => done(error, data)));
    await promised((done) => stranger.mkdirp('/other/certificates', done));
    await promised<string>((done) => stranger.create('/other/certificates/shop', sealed, done));
    const [found] = await openPairs({ ...site.place, path: '/other' }).read(NEVER);
    expect(found?.content).toEqual({ fault: 'cannot be decrypted with the key of --cert-store-key' });
  });

  test('each certificate is watched: a renewal is seen, and so is one after ZooKeeper was away', async () => {
    const stop = new AbortController();
    const store = openPairs(site.place);
    let changes = 0;
    const watching = store.watch(() => (changes += 1), stop.signal);
    const next = async (): Promise<void> => {
      await expect.poll(() => changes, { timeout: PATIENCE }).toBeGreaterThan(0);
      // As the engine does after each report.
      await store.read(NEVER, { onlyReported: true }).catch(() => {});
      changes = 0;
    };
    await site.put('shop', await issue(['shop.test']));
    await next();
    await site.put('shop', await issue(['shop.test']));
    await next();
    await site.leave();
    await next();
    await site.comeBack();
    await next();
    const renewed = await issue(['shop.test']);
    await expect.poll(() => site.put('shop', renewed).catch(() => 'away'), { timeout: PATIENCE }).toBeUndefined();
    await next();
    stop.abort();
    await watching;
  });

  test('a server that gives no answer costs a call its patience, and a lock its lease', async () => {
    const quick = createZookeeper(site.place, { timeout: LEASE, patience: 1000 });
    const store = createStoredPairs(quick);
    await site.put('shop', await issue(['shop.test']));
    expect(await store.read(NEVER)).toHaveLength(1);
    await using lease = await quick.lock({ holder: 'a', lease: LEASE, clock: () => performance.now() });
    site.zookeeper.freeze(true);
    await expect(store.read(NEVER)).rejects.toThrow(/^ZooKeeper at 127\.0\.0\.1:\d+ gives no answer in 1 s$/);
    await expect.poll(() => lease!.lost.aborted, { timeout: PATIENCE }).toBe(true);
    site.zookeeper.freeze(false);
    await expect.poll(() => store.read(NEVER).catch(() => []), { timeout: PATIENCE }).toHaveLength(1);
    await expect
      .poll(
        async () => {
          await using other = await shared('b').lock();
          return other !== undefined;
        },
        { timeout: PATIENCE },
      )
      .toBe(true);
  });

  test('an answer that breaks off, or is none, costs its connection only', async () => {
    await site.put('shop', await issue(['shop.test']));
    let damage: ((bytes: Buffer) => Buffer) | undefined;
    const [host, port] = site.zookeeper.servers.split(':') as [string, string];
    const proxy = createServer((near) => {
      const far = connect(Number(port), host);
      for (const each of [near, far]) each.on('error', () => {}).once('close', () => [near, far].map((one) => one.destroy()));
      near.pipe(far);
      far.on('data', (bytes: Buffer) => {
        if (damage === undefined) return void near.write(bytes);
        near.write(damage(bytes));
        damage = undefined;
        near.end();
        far.destroy();
      });
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      const servers = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const quick = createZookeeper({ ...site.place, servers }, { timeout: LEASE, patience: 2000 });
      const store = createStoredPairs(quick);
      for (const change of [
        (bytes: Buffer) => bytes.subarray(0, 7),
        (bytes: Buffer) => bytes.subarray(0, -1),
        (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(bytes.length - 4, 0xf5)]),
      ]) {
        expect(await store.read(NEVER)).toHaveLength(1);
        damage = change;
        await expect(store.read(NEVER)).rejects.toThrow(/^(?:the connection to ZooKeeper at|ZooKeeper at) 127/);
        await expect.poll(() => store.read(NEVER).catch(() => []), { timeout: PATIENCE }).toHaveLength(1);
      }
    } finally {
      proxy.close();
    }
  });

  test('a lock whose node another one removes is lost', async () => {
    await using lease = await shared('a').lock();
    expect(lease?.lost.aborted).toBe(false);
    await promised((done) => stranger.remove('/lb/certs/acme/lock', (error) => done(error, undefined)));
    await using other = await shared('b').lock();
    expect(other?.lost.aborted).toBe(false);
    await expect.poll(() => lease!.lost.aborted, { timeout: PATIENCE }).toBe(true);
    expect(other!.lost.aborted).toBe(false);
  });

  test.each([
    ['without data', undefined],
    ['with data of others', 'x'],
  ])('a node %s in the place of the lock that belongs to no session is no lock', async (_what, data) => {
    await shared('a').write('acme/state.json', '{}');
    await promised<string>((done) =>
      data === undefined
        ? stranger.create('/lb/certs/acme/lock', done)
        : stranger.create('/lb/certs/acme/lock', Buffer.from(data), done),
    );
    await using lease = await shared('a').lock();
    expect(lease?.lost.aborted).toBe(false);
    expect(await shared('b').lock()).toBeUndefined();
  });

  test('the holder of the lock encrypts with the first key what an older one opens', async () => {
    await site.put('shop', await issue(['shop.test']));
    await shared('a').write('acme/account.key', 'the-account');
    const newKey = new Secret(Buffer.alloc(32, 7).toString('base64'));
    const at = (keys: readonly Secret[]) => ({ ...site.place, keys });
    const holder = openShared(at([newKey, ...site.place.keys]), { holder: 'a', lease: LEASE, clock: () => performance.now() });
    await using lease = await holder.lock();
    expect(lease?.lost.aborted).toBe(false);
    const later = openShared(at([newKey]), { holder: 'b', lease: LEASE, clock: () => performance.now() });
    expect(await later.read('acme/account.key')).toBe('the-account');
    const [found] = await openPairs(at([newKey])).read(NEVER);
    expect(found?.content).toBeInstanceOf(Secret);
  });

  test('what is too large for a node is refused before it is sent', async () => {
    await expect(shared('a').write('acme/large', 'x'.repeat(1_000_000))).rejects.toThrow(
      /acme\/large has more than 1000000 bytes/,
    );
  });
});
