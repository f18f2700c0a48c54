/** Orders from a real ACME server (pebble), without HAProxy: the server believes every answer, or asks its own DNS server. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Acme, createAcme } from '../../src/certificates/acme/acme.ts';
import { createAcmeClient } from '../../src/certificates/acme/client.ts';
import { createDnsHook } from '../../src/certificates/acme/dns-hook.ts';
import { createFolderStore } from '../../src/certificates/shared/folder-store.ts';
import { Secret } from '../../src/lib/secret.ts';
import { silent } from '../../src/log/logger.ts';
import { HAS_PEBBLE, type Pebble, startPebble } from '../support/acme/pebble.ts';

let folder: string;
let stop: AbortController;
let lines: string[];
let runs: Promise<void>[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-acme-'));
  stop = new AbortController();
  lines = [];
  runs = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(runs);
  await rm(folder, { recursive: true, force: true });
});

interface Change {
  readonly holder?: string;
  readonly hook?: string;
  readonly eab?: { readonly kid: string; readonly key: Secret };
  readonly now?: () => number;
}

/** A load balancer's part of orders, with the shared folder. */
async function start(
  pebble: Pebble,
  hosts: readonly string[],
  { holder = 'a', hook, eab, now = Date.now }: Change = {},
): Promise<Acme> {
  const store = createFolderStore(folder, { holder, lease: 30_000, clock: () => performance.now() });
  const { directory } = pebble;
  const ca = await readFile(pebble.ca, 'utf8');
  const log = { ...silent, info: (text: string) => void lines.push(text), error: (text: string) => void lines.push(text) };
  const acme = createAcme({
    store,
    domains: ['*.example.com', 'example.com'],
    directory,
    connect: (key, signal) => createAcmeClient({ directory, ca, email: 'ops@example.com', eab }, key, signal),
    hook: hook === undefined ? undefined : createDnsHook(hook, process.env),
    keyType: 'ec',
    log,
    now,
    thumbprint: undefined,
    keepThumbprint: () => {},
  });
  await acme.prepare();
  want(acme, hosts);
  runs.push(acme.run(stop.signal, () => {}));
  return acme;
}

/** As if HAProxy answered. */
function want(acme: Acme, hosts: readonly string[]): void {
  acme.want(
    hosts.map((host) => ({ host, app: '/shop', index: 0 })),
    acme.answer(),
  );
}

const PATIENCE = 60_000;

describe.runIf(HAS_PEBBLE)('with pebble', { timeout: 2 * PATIENCE }, () => {
  test('one order a host, by whichever load balancer is first, with keys that only their owner can read', async () => {
    await using pebble = await startPebble({ env: { PEBBLE_VA_ALWAYS_VALID: '1' } });
    const hosts = Array.from({ length: 20 }, (_, at) => `host${at}.example.com`);
    const all = await Promise.all(['a', 'b', 'c'].map((holder) => start(pebble, hosts, { holder })));
    await expect
      .poll(() => all.flatMap((acme) => acme.hosts().filter(({ state }) => state === 'issued')), { timeout: PATIENCE })
      .toHaveLength(60);
    expect(all.reduce((sum, acme) => sum + acme.counts().issued, 0)).toBe(20);
    expect((await readdir(folder)).sort()).toEqual(['acme', ...hosts.map((host) => `acme_${host}.pem`)].sort());
    for (const host of hosts) {
      const path = join(folder, `acme_${host}.pem`);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const certificate = new X509Certificate(await readFile(path));
      expect(certificate.subjectAltName).toBe(`DNS:${host}`);
      expect(certificate.publicKey.asymmetricKeyType).toBe('ec');
    }
    expect((await readdir(join(folder, 'acme'))).filter((name) => name.startsWith('order_'))).toEqual([]);
  });

  test('an order goes on where another load balancer was killed', async () => {
    await using pebble = await startPebble({ env: { PEBBLE_VA_ALWAYS_VALID: '1', PEBBLE_VA_SLEEPTIME: '5' } });
    const order = join(folder, 'acme', 'order_shop.example.com.json');
    await start(pebble, ['shop.example.com']);
    const text = await eventually(() => readFile(order, 'utf8'));
    stop.abort();
    stop = new AbortController();
    const other = await start(pebble, ['shop.example.com'], { holder: 'a' });
    const pem = await eventually(() => readFile(join(folder, 'acme_shop.example.com.pem'), 'utf8'));
    const { key } = JSON.parse(text) as { readonly key: string };
    expect(pem).toContain(key.trim());
    await expect.poll(() => other.counts().issued).toBe(1);
    expect(pebble.log().match(/There are now \d+ orders in the db/g) ?? []).toHaveLength(1);
  });

  test('a host that the server cannot check costs only itself, is said with the reason, and waits before the next try', async () => {
    await using pebble = await startPebble();
    const acme = await start(pebble, ['bad.example.com', 'other.org']);
    await expect.poll(() => acme.counts().failed, { timeout: PATIENCE }).toBe(1);
    await expect
      .poll(() => acme.hosts())
      .toEqual([
        expect.objectContaining({
          host: 'bad.example.com',
          state: 'failed',
          why: expect.stringMatching(/^\w+: ./),
          next: expect.stringMatching(/^20.*Z$/),
        }),
        expect.objectContaining({
          host: 'other.org',
          state: 'refused',
          why: expect.stringContaining('is not one of --acme-domains'),
        }),
      ]);
    expect(pebble.log()).not.toContain('other.org');
    // The next one knows it from the store.
    stop.abort();
    stop = new AbortController();
    const next = await start(pebble, ['bad.example.com']);
    await expect.poll(() => next.hosts().map(({ state }) => state)).toEqual(['failed']);
    expect(next.counts()).toEqual({ issued: 0, failed: 0, postponed: 0 });
    stop.abort();
    stop = new AbortController();
    const later = await start(pebble, ['bad.example.com'], { now: () => Date.now() + 180_000 });
    await expect.poll(() => later.counts().failed, { timeout: PATIENCE }).toBe(1);
    await expect
      .poll(async () => JSON.parse(await readFile(join(folder, 'acme', 'state.json'), 'utf8')) as unknown)
      .toMatchObject({ failures: { 'bad.example.com': { count: 2 } } });
  });

  test('a server that is away is said, asked again, and costs no host a try', async () => {
    await using pebble = await startPebble({ env: { PEBBLE_VA_ALWAYS_VALID: '1' } });
    await pebble.stop();
    const acme = await start(pebble, ['shop.example.com']);
    await expect
      .poll(() => acme.fault(), { timeout: PATIENCE })
      .toMatch(/no certificate can be ordered from https:\S+: ECONNREFUSED/);
    await pebble.start();
    await expect.poll(() => acme.counts().issued, { timeout: PATIENCE }).toBe(1);
    expect(acme.counts().failed).toBe(0);
    expect(lines.filter((line) => line.startsWith('no certificate'))).toHaveLength(1);
    await expect.poll(() => lines).toContain(`certificates can be ordered again from ${pebble.directory}`);
    expect(acme.fault()).toBeUndefined();
    want(acme, ['blog.example.com']);
    await expect.poll(() => acme.counts().issued, { timeout: PATIENCE }).toBe(2);
    expect(lines.filter((line) => line.startsWith('no certificate'))).toHaveLength(1);
    // It has forgotten the account.
    await pebble.stop();
    await pebble.start();
    want(acme, ['other.example.com']);
    await expect.poll(() => acme.counts().issued, { timeout: PATIENCE }).toBe(3);
  });

  test('a wildcard is ordered by the hook that sets DNS records, which are removed', async () => {
    await using pebble = await startPebble();
    const hook = join(folder, 'hook');
    const calls = join(folder, 'calls.log');
    await writeFile(
      hook,
      `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const [verb, name, value] = process.argv.slice(2);
appendFileSync('${calls}', [verb, name].join(' ') + '\\n');
const path = verb === 'add' ? '/set-txt' : '/clear-txt';
fetch('${pebble.dns}' + path, { method: 'POST', body: JSON.stringify({ host: name + '.', value }) });
`,
      { mode: 0o755 },
    );
    const acme = await start(pebble, ['*.example.com'], { hook });
    await expect.poll(() => acme.counts(), { timeout: PATIENCE }).toEqual({ issued: 1, failed: 0, postponed: 0 });
    expect(await readFile(calls, 'utf8')).toBe('add _acme-challenge.example.com\nremove _acme-challenge.example.com\n');
    const certificate = new X509Certificate(await readFile(join(folder, 'acme__.example.com.pem')));
    expect(certificate.subjectAltName).toBe('DNS:*.example.com');
  });

  test('a server that wants to know its customers is told, and nothing is ordered without', async () => {
    const key = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
    await using pebble = await startPebble({ env: { PEBBLE_VA_ALWAYS_VALID: '1' }, eab: { 'kid-1': key } });
    const without = await start(pebble, ['shop.example.com']);
    await expect.poll(() => without.fault(), { timeout: PATIENCE }).toMatch(/externalAccountRequired/);
    stop.abort();
    stop = new AbortController();
    const acme = await start(pebble, ['shop.example.com'], { eab: { kid: 'kid-1', key: new Secret(key) } });
    await expect.poll(() => acme.counts().issued, { timeout: PATIENCE }).toBe(1);
    expect(lines.join('\n')).not.toContain(key);
  });
});

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE; ; await sleep(20)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
