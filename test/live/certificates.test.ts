/** Certificates of a folder, with real clients: they come, are renewed and go under load, and only good ones are ever served. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issue, type Issued } from '../support/certificates/issue.ts';
import { servedFor } from '../support/certificates/served.ts';
import { featuresFor, HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { startContainer } from '../support/program/container.ts';
import { runProgram, startProgram } from '../support/program/program.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

const COUNT = 100;
const HOSTS = Array.from({ length: COUNT }, (_, at) => `h${at}.test`);

const fingerprintOf = ({ certificate }: Pick<Issued, 'certificate'>): string =>
  new X509Certificate(certificate).fingerprint.replaceAll(':', '');

/** As a careful tool does: nobody sees a part of it. */
async function put(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, `.${name}`), text, { mode: 0o600 });
  await rename(join(folder, `.${name}`), join(folder, name));
}

async function issueAll(hosts: readonly string[]): Promise<ReadonlyMap<string, Issued>> {
  const all = new Map<string, Issued>();
  for (const host of hosts) all.set(host, await issue([host]));
  return all;
}

/** Clients that shake hands and ask without end; `own`: the hosts that must have a certificate of their own. */
function startClients(stack: Stack, own: () => readonly string[]) {
  const failures: string[] = [];
  let requests = 0;
  const over = new AbortController();
  const client = async (offset: number): Promise<void> => {
    for (let turn = offset; !over.signal.aborted; turn += 7) {
      const hosts = own();
      const sni = hosts[turn % Math.max(hosts.length, 1)] ?? 'h0.test';
      const isOwn = hosts.includes(sni);
      try {
        const { status, certificate } = await stack.get('/', { port: stack.ports.https, sni });
        if (status !== 200) failures.push(`${sni}: status ${status}`);
        if (isOwn && own().includes(sni) && certificate !== sni) failures.push(`${sni}: certificate of ${certificate}`);
      } catch (error) {
        failures.push(`${sni}: ${String(error)}`);
      }
      requests += 1;
      await sleep(5);
    }
  };
  const clients = [0, 1, 2].map(client);
  return {
    async stop() {
      over.abort();
      await Promise.all(clients);
      return { failures, requests };
    },
  };
}

test.each(HAPROXIES)(
  `${COUNT} certificates come, are renewed and go under load, with %s`,
  { timeout: 240_000 },
  async (haproxy) => {
    const store = await mkdtemp(join(tmpdir(), 'mlb-certs-'));
    try {
      await using stack = await startStack({
        haproxy,
        apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: HOSTS.join(',') })],
        args: () => ['--cert-store', `dir:${store}`],
      });
      const { ports, daemon, folder } = stack;
      const served = (host: string) => servedFor(ports.https, host);
      const expectServed = (all: ReadonlyMap<string, Issued>) =>
        stack.eventually(async () => {
          for (const [host, pair] of all) expect(`${host} ${await served(host)}`).toBe(`${host} ${fingerprintOf(pair)}`);
        });
      await stack.eventually(async () => expect((await stack.get('/', { sni: 'h0.test' })).status).toBe(200));
      await daemon.until(/ connected\b.*: /);
      const usual = await served('h0.test');
      const start = daemon.mark();
      let own: readonly string[] = [];
      const clients = startClients(stack, () => own);

      const first = await issueAll(HOSTS);
      for (const [host, { pem }] of first) await put(store, `${host}.pem`, pem);
      await expectServed(first);
      own = HOSTS;

      const second = await issueAll(HOSTS);
      for (const [host, { pem }] of second) await put(store, `${host}.pem`, pem);
      await expectServed(second);

      const listed = await runProgram(['certificates', '--admin-listen', `unix:${join(folder, 'admin.sock')}`, '--json']);
      const { certificates } = JSON.parse(listed.out) as { certificates: { hosts: string[]; served: boolean }[] };
      expect(certificates).toHaveLength(COUNT + 1);
      expect(certificates.filter((each) => !each.served)).toEqual([]);
      const { text: metrics } = await stack.get('/_mlb/metrics', { port: ports.stats });
      expect(metrics).toMatch(/^marathon_lb_certificate_expiry_timestamp_seconds\{host="h7\.test"\} \d{10}$/m);

      // Half-written ones, in place; keys of others; nothing.
      const [one, two, three, four] = HOSTS as [string, string, string, string];
      const third = await issueAll([one, two, three, four]);
      await writeFile(join(store, `${one}.pem`), third.get(one)!.certificate);
      await put(store, `${two}.pem`, third.get(two)!.certificate + third.get(one)!.key);
      await put(store, `${three}.pem`, '');
      await put(store, `${four}.pem`, (await issue([four], { from: new Date('2026-01-01'), days: 3 })).pem);
      for (const host of [one, two, three, four]) await daemon.until(new RegExp(`${host}\\.pem .* stays in service`), start);
      await expectServed(second);
      await writeFile(join(store, `${one}.pem`), third.get(one)!.pem);
      await expectServed(new Map([[one, third.get(one)!]]));
      for (const host of [two, three, four]) await put(store, `${host}.pem`, second.get(host)!.pem);

      const [gone, stay] = [HOSTS.slice(50), HOSTS.slice(0, 50)];
      own = stay;
      await sleep(100);
      for (const host of gone) await rm(join(store, `${host}.pem`));
      await stack.eventually(async () => {
        for (const host of gone) expect(await served(host)).toBe(usual);
      });
      await stack.eventually(async () =>
        expect(await readdir(join(folder, 'state', 'certificates'))).toHaveLength(stay.length + 1),
      );

      const { failures, requests } = await clients.stop();
      expect(failures).toEqual([]);
      expect(requests).toBeGreaterThan(COUNT);
      expect(daemon.text().slice(start)).not.toContain('HAProxy reloaded');
      await expectNoKeys(stack, [...first.values(), ...second.values(), ...third.values()]);
    } finally {
      await rm(store, { recursive: true, force: true });
    }
  },
);

/** Nothing that others may read, or that this program prints, has a part of a key. */
async function expectNoKeys(stack: Stack, pairs: readonly Issued[]): Promise<void> {
  const { daemon, folder, ports } = stack;
  const parts = pairs.map(({ key }) => key.split('\n')[1]?.slice(10, 50) ?? '');
  const texts = [daemon.text(), await stack.configText()];
  for (const path of ['/_haproxy_getconfig', '/_mlb/api/status', '/_mlb/metrics', '/metrics']) {
    const { status, text } = await stack.get(path, { port: ports.stats });
    expect(status).toBe(200);
    texts.push(text);
  }
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const found = await stat(path);
    const isOwn = found.isFile() && name.endsWith('.pem') && (found.mode & 0o777) === 0o600;
    if (found.isFile() && !isOwn) texts.push(await readFile(path, 'utf8'));
  }
  expect(texts.length).toBeGreaterThan(8);
  for (const text of texts) {
    expect(text).not.toContain('PRIVATE KEY');
    expect(parts.filter((part) => text.includes(part))).toEqual([]);
  }
}

test.each(HAPROXIES)('a program that is killed in the middle finds its way, with %s', { timeout: 120_000 }, async (haproxy) => {
  const hosts = HOSTS.slice(0, 30);
  const store = await mkdtemp(join(tmpdir(), 'mlb-certs-'));
  try {
    for (const [host, { pem }] of await issueAll(hosts)) await put(store, `${host}.pem`, pem);
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: hosts.join(',') })],
      args: () => ['--cert-store', `dir:${store}`],
    });
    const { ports, daemon } = stack;
    const served = async (host: string) => `${host} ${await servedFor(ports.https, host)}`;
    await stack.eventually(async () => expect((await stack.get('/', { sni: 'h0.test' })).certificate).toBe('h0.test'));
    await daemon.until(/ connected\b.*: /);
    const clients = startClients(stack, () => hosts.slice(0, 20));

    // Ten are renewed, ten go, ten come: killed while HAProxy is told.
    const fresh = await issueAll([...hosts.slice(0, 20), ...HOSTS.slice(30, 40)]);
    const mark = daemon.mark();
    for (const [host, { pem }] of fresh) await put(store, `${host}.pem`, pem);
    for (const host of hosts.slice(20)) await rm(join(store, `${host}.pem`));
    await daemon.until(/certificate .* is (?:renewed|new)/, mark);
    daemon.kill('SIGKILL');
    await daemon.ended;

    await using next = startProgram([...stack.args, '--sse'], { cwd: stack.folder });
    await next.eventually(async () => {
      for (const [host, pair] of fresh) expect(await served(host)).toBe(`${host} ${fingerprintOf(pair)}`);
      for (const host of hosts.slice(20)) expect((await stack.get('/', { sni: host })).certificate).toBe('one.test');
    });
    await next.until(/ connected\b.*: /);
    // What was begun may need one reload; clients do not notice.
    expect((await clients.stop()).failures).toEqual([]);

    // The folder is gone: what is kept goes on, also after another kill, and in a new process of HAProxy.
    await rm(store, { recursive: true });
    next.kill('SIGKILL');
    await next.ended;
    await using last = startProgram([...stack.args, '--sse'], { cwd: stack.folder });
    await last.until(/its certificates of before stay in service/);
    await last.until(/ connected\b.*: /);
    last.kill('SIGUSR1');
    await last.until(/HAProxy reloaded/);
    await last.eventually(async () => {
      for (const [host, pair] of fresh) expect(await served(host)).toBe(`${host} ${fingerprintOf(pair)}`);
    });
  } finally {
    await rm(store, { recursive: true, force: true });
  }
});

test.each(HAPROXIES.filter((haproxy) => featuresFor(haproxy).setsLogLevelAtEnd))(
  'a pair that HAProxy refuses never gets to it, and reloads go on, with %s',
  { timeout: 120_000 },
  async (haproxy) => {
    const store = await mkdtemp(join(tmpdir(), 'mlb-certs-'));
    try {
      const good = await issue(['shop.test']);
      await put(store, 'shop.pem', good.pem);
      await put(store, 'first.pem', (await issue(['first.test'])).pem);
      await using stack = await startStack({
        haproxy,
        apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
        async args({ folder, ports }) {
          await mkdir(join(folder, 'templates'));
          const head = `global\n  stats socket ${folder}/haproxy.sock mode 600 level admin expose-fd listeners\n  ssl-security-level 3\ndefaults\n  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\nlisten stats\n  bind 127.0.0.1:${ports.stats}\n  mode http\n  stats enable\n`;
          await writeFile(join(folder, 'templates', 'HAPROXY_HEAD'), head);
          return [
            '--templates',
            join(folder, 'templates'),
            '--ssl-certs',
            join(store, 'first.pem'),
            '--cert-store',
            `dir:${store}`,
          ];
        },
      });
      const { ports, daemon } = stack;
      await stack.eventually(async () => expect(await servedFor(ports.https, 'shop.test')).toBe(fingerprintOf(good)));
      await daemon.until(/ connected\b.*: /);
      const mark = daemon.mark();
      // This program takes it, as do most HAProxies.
      await put(store, 'shop.pem', (await issue(['shop.test'], { bits: 2048 })).pem);
      await put(store, 'new.pem', (await issue(['new.test'], { bits: 2048 })).pem);
      await daemon.until(
        /shop\.pem is refused by HAProxy \(.*ee key too small\); the certificate of before stays in service/,
        mark,
      );
      await daemon.until(/new\.pem is refused by HAProxy \(.*\); it is not served/, mark);
      await stack.marathon('POST', '/v2/apps', app('/later', ports.service[1] ?? 0, { HAPROXY_0_VHOST: 'later.test' }));
      await stack.eventually(async () => expect((await stack.get('/', { host: 'later.test' })).status).toBe(200));
      expect(await servedFor(ports.https, 'shop.test')).toBe(fingerprintOf(good));
      const mended = await issue(['shop.test']);
      await put(store, 'shop.pem', mended.pem);
      await stack.eventually(async () => expect(await servedFor(ports.https, 'shop.test')).toBe(fingerprintOf(mended)));
    } finally {
      await rm(store, { recursive: true, force: true });
    }
  },
);

test.each(HAPROXIES)('a file of --ssl-certs is renewed without a reload, with %s', { timeout: 60_000 }, async (haproxy) => {
  const store = await mkdtemp(join(tmpdir(), 'mlb-certs-'));
  try {
    await mkdir(join(store, 'more'));
    const [one, two] = [join(store, 'one.pem'), join(store, 'more', 'two.pem')];
    await writeFile(one, (await issue(['one.test'])).pem);
    await writeFile(two, (await issue(['two.test'])).pem);
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'one.test,two.test' })],
      args: () => ['--ssl-certs', `${one},${join(store, 'more')}/`],
    });
    const { ports, daemon } = stack;
    await stack.eventually(async () => expect((await stack.get('/', { sni: 'two.test' })).certificate).toBe('two.test'));
    await daemon.until(/ connected\b.*: /);
    expect(await stack.configText()).toContain(` ssl crt ${one} crt ${join(store, 'more')}/`);
    const start = daemon.mark();
    for (const path of [one, two]) {
      const host = basename(path).replace('.pem', '.test');
      const renewed = await issue([host]);
      await writeFile(path, renewed.certificate);
      await sleep(200);
      expect((await stack.get('/', { sni: host })).certificate).toBe(host);
      await writeFile(path, renewed.pem);
      await stack.eventually(async () => expect(await servedFor(ports.https, host)).toBe(fingerprintOf(renewed)));
    }
    expect(daemon.text().slice(start)).not.toContain('HAProxy reloaded');
  } finally {
    await rm(store, { recursive: true, force: true });
  }
});

test(
  'the container serves the certificates of a folder before Marathon answers, and on SIGHUP looks at it',
  { timeout: 90_000 },
  async () => {
    const store = await mkdtemp(join(tmpdir(), 'mlb-certs-'));
    try {
      await put(store, 'h0.test.pem', (await issue(['h0.test'])).pem);
      await using container = await startContainer({
        haproxy: HAPROXIES[0] ?? '',
        apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'h0.test,h1.test' })],
        mode: () => ['poll'],
        args: () => ['--cert-store', `dir:${store}`],
        env: () => ({ POLL_INTERVAL: '3600' }),
      });
      const { program, ports } = container;
      const certificateFor = async (host: string) => (await container.get('/', { port: ports.https, sni: host })).certificate;
      await program.eventually(async () =>
        expect((await container.get('/', { port: ports.https, sni: 'h0.test' })).status).toBe(200),
      );
      expect(await certificateFor('h0.test')).toBe('h0.test');
      await program.until(/HAProxy reloaded/);
      // Nothing looks at the folder between two polls but the signal.
      await put(store, 'h1.test.pem', (await issue(['h1.test'])).pem);
      const mark = program.mark();
      program.kill('SIGHUP');
      await program.eventually(async () => expect(await certificateFor('h1.test')).toBe('h1.test'));
      expect(program.text().slice(mark)).not.toContain('HAProxy reloaded');
    } finally {
      await rm(store, { recursive: true, force: true });
    }
  },
);
