/** The recipes of the guide: each is served by a real HAProxy, and does what its text says. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../support/certificates/authority.ts';
import { issue } from '../support/certificates/issue.ts';
import { askTls } from '../support/certificates/tls-client.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import type { Ask } from '../support/labels/case.ts';
import { echo } from '../support/labels/echo.ts';
import { readRecipes, withOwnNetworks } from '../support/labels/recipes.ts';
import { startCounting, startGrpc, startSink, startTls, startWebSocket } from '../support/labels/task-servers.ts';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { createDisposables } from '../support/program/disposables.ts';
import { type Prepared, startStack, type Stack } from '../support/program/stack.ts';

interface Live {
  readonly stack: Stack;
  /** What the report that takes longer than HAProxy's own timeout has come to; it is asked for at the start. */
  readonly slow: Promise<unknown>;
}

const partners = await createAuthority('partners');
const [oldest = '', newest = oldest] = [HAPROXIES[0], HAPROXIES.at(-1)];
const haproxies = [...new Set([oldest, newest])];
const recipes = await readRecipes();
const apps = recipes.flatMap((recipe) => recipe.apps);
const held = createDisposables();
const lives = new Map<string, Live>();

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recipes-'));
  held.defer(() => rm(folder, { recursive: true, force: true }));
  const servers = {
    '/vault': held.use(await startTls(await makeCertificate(folder, 'vault.internal'))).port,
    '/grpc': held.use(await startGrpc()).port,
    '/uploads': held.use(await startSink()).port,
    // Nobody listens there.
    '/checkout': 1,
    '/news': held.use(await startCounting()).port,
    '/chat': held.use(await startWebSocket()).port,
  };
  const started = haproxies.map(async (haproxy) => {
    const stack = held.use(await startStack({ haproxy, args: optionsOf, apps: ({ service }) => definitions(service, servers) }));
    await stack.sim.idle();
    await stack.eventually(() => expectServers(stack));
    const slow = stack.get('/sleep?ms=31000', { host: 'slow-reports.example.com', patience: 60_000 });
    // Its test sees it.
    slow.catch(() => {});
    lives.set(haproxy, { stack, slow });
  });
  await Promise.all(started);
}, 60_000);
afterAll(() => held[Symbol.asyncDispose]());

/** Those of gRPC, of error pages, of clients with certificates and of unknown hosts. */
async function optionsOf({ folder }: Prepared): Promise<readonly string[]> {
  const pages = join(folder, 'pages');
  await mkdir(join(pages, 'shop'), { recursive: true });
  await writeFile(join(pages, '503.html'), 'No such service.');
  await writeFile(join(pages, 'shop', '503.html'), 'The shop is closed.');
  const [store, cas] = [join(folder, 'store'), join(folder, 'cas')];
  await mkdir(store);
  await mkdir(cas);
  await writeFile(join(store, 'partner-api.pem'), (await issue(['partner-api.example.com'])).pem);
  await writeFile(join(cas, 'partners.pem'), partners.certificate);
  const tls = ['--cert-store', `dir:${store}`, '--client-cas', cas];
  return ['--https-routing', 'host', '--error-pages', pages, '--default-app', '/unknown', ...tls];
}

/** The servers that each backend has. */
const EXPECTED = Object.fromEntries(apps.map(({ id, instances = 1 }) => [id.slice(1).replaceAll('/', '_'), instances]));

function definitions(ports: readonly number[], servers: Readonly<Record<string, number>>): readonly object[] {
  return apps.map(({ id, labels, ...more }, at) => {
    const own = Object.entries(labels).map(([name, value]) => [name, withOwnNetworks(value)]);
    const server = servers[id] === undefined ? {} : { HAPROXY_0_BACKEND_SERVER_OPTIONS: serverLine(servers[id]) };
    return app(id, ports[at] ?? 0, { ...Object.fromEntries(own), ...server }, more);
  });
}

function portOf(id: string, { ports }: Stack): number {
  return ports.service[apps.findIndex((each) => each.id === id)] ?? 0;
}

function serverLine(port: number): string {
  return `  server {serverName} 127.0.0.1:${port}{healthCheckOptions}\n`;
}

async function expectServers(stack: Stack): Promise<void> {
  expect(await serversOf(stack)).toEqual(EXPECTED);
}

/** Returns how many servers the backends of the HAProxy that runs have, by app. */
async function serversOf(stack: Stack): Promise<Readonly<Record<string, number>>> {
  const { text } = await stack.get('/haproxy?stats;csv', { port: stack.ports.stats });
  const counts: Record<string, number> = {};
  for (const [, backend = '', server = ''] of text.matchAll(/^(\w.*?)_\d{5},([^,]+),/gm)) {
    if (!/^(?:FRONT|BACK)END$/.test(server)) counts[backend] = (counts[backend] ?? 0) + 1;
  }
  return counts;
}

type Check = (ask: Ask, live: Live) => Promise<void>;

/** For the host of the recipe's first app. */
const CHECKS: Readonly<Record<string, Check>> = {
  async 'Strip a prefix'(ask) {
    expect(await ask('/reports/today?all=1')).toMatchObject({ app: '/reports', seen: '/today?all=1' });
    expect(await ask('/reports')).toMatchObject({ app: '/reports', seen: '/' });
    for (const path of ['/other', '/reports-old']) expect(await ask(path)).toMatchObject({ app: '/unknown' });
    const { headers } = await ask('/reports/redirect?to=/login');
    expect(headers.location).toBe('/reports/login');
  },
  async 'www to apex'(ask) {
    const { status, headers } = await ask('/a?b=c', { host: 'www.example.com' });
    expect([status, headers.location]).toEqual([308, 'http://example.com/a?b=c']);
    const secure = await ask('/a?b=c', { host: 'www.example.com', sni: 'www.example.com' });
    expect([secure.status, secure.headers.location]).toEqual([308, 'https://example.com/a?b=c']);
    expect(await ask('/a?b=c')).toMatchObject({ status: 200, app: '/site', seen: '/a?b=c' });
  },
  async 'Only from the office'(ask, { stack }) {
    const port = portOf('/intranet', stack);
    const statuses = async (path: string, more = {}): Promise<readonly number[]> => {
      const from = ['127.0.113.9', '127.51.100.7', '127.51.100.8', '127.0.0.1'];
      return Promise.all(from.map(async (address) => (await ask(path, { from: address, ...more })).status));
    };
    expect(await statuses('/')).toEqual([200, 200, 403, 403]);
    expect(await statuses('/', { port })).toEqual([200, 200, 403, 403]);
    expect(await statuses('/admin/users')).toEqual([200, 403, 403, 403]);
  },
  async gRPC(_ask, { stack }) {
    const session = connect(`https://127.0.0.1:${stack.ports.https}`, {
      servername: 'grpc.example.com',
      rejectUnauthorized: false,
    });
    try {
      expect(await callGrpc(session, 'grpc.example.com', 'message')).toEqual({
        status: 200,
        type: 'application/grpc',
        text: 'message',
        trailer: '0',
      });
    } finally {
      session.destroy();
    }
  },
  async Maintenance(ask) {
    expect(await ask('/any', { method: 'POST', body: 'x' })).toMatchObject({
      status: 503,
      app: undefined,
      text: 'We are back at 18:00.',
    });
  },
  async Canary(ask) {
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask()));
    const count = answers.filter((answer) => answer.app === '/store-canary').length;
    expect(answers.filter((answer) => answer.app === '/store')).toHaveLength(200 - count);
    // Out of these bounds it is once in 20,000 times.
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(30);
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask('/', { headers: { 'x-canary': '1' } })));
    expect(asked.map((answer) => answer.app)).toEqual(asked.map(() => '/store-canary'));
  },
  async 'Error pages of your own'(ask, { stack }) {
    expect(await ask()).toMatchObject({ status: 503, text: 'The shop is closed.' });
    const nobody = { port: stack.ports.appid, headers: { 'x-marathon-app-id': '/nobody' } };
    expect(await ask('/', nobody)).toMatchObject({ status: 503, text: 'No such service.' });
  },
  async 'Keep answers'(ask) {
    const page = '/today?cache-control=max-age=300';
    const first = await ask(page);
    expect(await ask(page)).toMatchObject({ text: first.text, headers: { age: expect.any(String) } });
    expect((await ask(page, { headers: { cookie: 'user=ann' } })).text).not.toBe(first.text);
    const mine = '/mine?cache-control=private';
    expect((await ask(mine)).text).not.toBe((await ask(mine)).text);
  },
  async 'Testers see another version'(ask) {
    const headers = { cookie: 'session=1; beta=1' };
    expect(await ask('/a', { headers })).toMatchObject({ app: '/forum/beta' });
    expect(await ask('/a', { headers, sni: 'forum.example.com' })).toMatchObject({ app: '/forum/beta' });
    for (const cookie of ['beta=2', 'alpha=1'])
      expect(await ask('/a', { headers: { cookie } })).toMatchObject({ app: '/forum/stable' });
    expect(await ask('/a')).toMatchObject({ app: '/forum/stable' });
  },
  async 'SPA with an API'(ask) {
    for (const path of ['/', '/cart', '/cart/42/edit', '/apis'])
      expect(await ask(path)).toMatchObject({ app: '/app/pages', seen: '/index.html' });
    expect(await ask('/assets/app.js')).toMatchObject({ app: '/app/pages', seen: '/assets/app.js' });
    expect(await ask('/api/carts/42')).toMatchObject({ app: '/app/api', seen: '/api/carts/42' });
    const { headers } = await ask('/', { headers: { 'accept-encoding': 'gzip' } });
    expect(headers['content-encoding']).toBe('gzip');
  },
  async 'A page for unknown hosts'(ask) {
    expect(await ask('/any', { host: 'unknown.example.net' })).toMatchObject({ app: '/unknown', seen: '/any' });
    expect(await ask('/any', { host: 'unknown.example.net', sni: 'unknown.example.net' })).toMatchObject({ app: '/unknown' });
    expect(await ask('/other', { host: 'tools.example.com' })).toMatchObject({ app: '/unknown' });
    expect(await ask('/', { host: 'store.example.com', headers: { 'x-canary': '1' } })).toMatchObject({ app: '/store-canary' });
  },
  async 'Sticky sessions'(ask) {
    const first = await ask();
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^basket=\w+; path=\/; HttpOnly; Secure; SameSite=Lax$/);
    const tasks = async (headers: Readonly<Record<string, string>>): Promise<ReadonlySet<unknown>> => {
      const answers = await Promise.all(Array.from({ length: 9 }, () => ask('/', { headers })));
      return new Set(answers.map(({ task }) => task));
    };
    expect(await tasks({ cookie: cookie.split(';')[0] ?? '' })).toEqual(new Set([first.task]));
    expect((await tasks({})).size).toBe(3);
  },
  async 'Rate limit an API'(ask) {
    const statuses = async (from: string): Promise<readonly number[]> => {
      const answers = await Promise.all(Array.from({ length: 25 }, () => ask('/', { from })));
      return answers.map(({ status }) => status).sort((one, other) => one - other);
    };
    const limited = [...Array<number>(20).fill(200), ...Array<number>(5).fill(429)];
    expect(await statuses('127.0.0.1')).toEqual(limited);
    expect(await statuses('127.0.0.2')).toEqual(limited);
    expect(await statuses('127.51.100.1')).toEqual(Array(25).fill(200));
    expect((await ask()).headers['retry-after']).toBe('60');
  },
  async 'Basic auth for a team'(ask, { stack }) {
    const port = portOf('/wiki', stack);
    const statusOf = async (login?: string, more = {}): Promise<number> => {
      const headers = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
      return (await ask('/', { headers, ...more })).status;
    };
    expect(await statusOf()).toBe(401);
    expect(await statusOf(undefined, { port })).toBe(401);
    expect(await statusOf('alice:alice-secret')).toBe(200);
    expect(await statusOf('bob:bob-secret')).toBe(200);
    expect(await statusOf('bob:alice-secret')).toBe(401);
    const byId = { 'x-marathon-app-id': '/wiki' };
    expect(await ask('/', { port: stack.ports.appid, headers: byId })).toMatchObject({ status: 401 });
  },
  async 'Only clients with a certificate'(ask, { stack }) {
    const [host, port] = ['partner-api.example.com', stack.ports.https];
    const headers = { 'X-SSL-Client-CN': 'root' };
    const known = await askTls({ port, sni: host, host, own: await partners.issue('acme corp'), headers });
    expect([known.status, known.text]).toEqual([200, expect.stringContaining('"x-ssl-client-cn":"acme corp"')]);
    const stranger = await (await createAuthority('partners')).issue('acme corp');
    for (const own of [undefined, stranger]) expect((await askTls({ port, sni: host, host, own })).status).toBeUndefined();
    const plain = await ask('/a');
    expect([plain.status, plain.headers.location]).toEqual([307, `https://${host}:${port}/a`]);
    expect((await stack.get('/', { port: portOf('/partner-api', stack) })).status).toBe(403);
  },
  async 'CORS for one origin'(ask) {
    const origin = 'https://shop.example.com';
    const preflight = { origin, 'access-control-request-method': 'DELETE' };
    expect(await ask('/', { method: 'OPTIONS', headers: preflight })).toMatchObject({
      status: 204,
      app: undefined,
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST, DELETE',
        'access-control-allow-headers': 'Content-Type, X-Token',
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '600',
      },
    });
    const own = await ask('/', { headers: { origin } });
    expect(own).toMatchObject({ app: '/cart-api', headers: { 'access-control-allow-origin': origin } });
    const other = await ask('/', { headers: { origin: 'https://other.example.com' } });
    expect(other).toMatchObject({ status: 200, app: '/cart-api' });
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
  },
  async 'TLS to the app as it is'(ask) {
    expect(await ask('/', { sni: 'vault.example.com' })).toMatchObject({
      status: 200,
      certificate: 'vault.internal',
      text: '1.1 true vault.example.com',
    });
    expect((await ask('/', { sni: 'store.example.com', host: 'store.example.com' })).certificate).not.toBe('vault.internal');
  },
  async 'Slow reports'(_ask, { slow }) {
    expect(await slow).toMatchObject({ status: 200, app: '/slow-reports' });
  },
  async 'Long uploads'(ask) {
    expect(await ask('/', { method: 'POST', body: 'x'.repeat(2_000_000) })).toMatchObject({ status: 200, text: '2000000' });
    const statusOf = async (length: number): Promise<number> =>
      (await ask('/', { method: 'POST', headers: { 'content-length': String(length), expect: '100-continue' } })).status;
    expect(await statusOf(2 * 1024 ** 3 + 1)).toBe(413);
  },
  async WebSockets(_ask, { stack }) {
    const handshake = [
      'GET /chat HTTP/1.1',
      'Host: chat.example.com',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    const answer = await echo(stack.ports.http, `${handshake.join('\r\n')}\r\n\r\nhello`, /hello$/);
    expect(answer).toMatch(/^HTTP\/1\.1 101 [^]*hello$/);
    expect(await stack.configText()).toMatch(/\nbackend chat_\d+\n(?: .*\n)* {2}timeout tunnel 12h\n/);
  },
  async 'Own health check'(ask, { stack }) {
    const [bad] = stack.sim.tasks('/search');
    const tasks = async (): Promise<unknown> => {
      const answers = await Promise.all([ask(), ask(), ask(), ask()]);
      return { statuses: new Set(answers.map(({ status }) => status)), count: new Set(answers.map(({ task }) => task)).size };
    };
    expect(await tasks()).toEqual({ statuses: new Set([200]), count: 2 });
    Object.assign(bad?.server?.behaviour ?? {}, { status: 503 });
    await expect.poll(tasks).toEqual({ statuses: new Set([200]), count: 1 });
    Object.assign(bad?.server?.behaviour ?? {}, { status: 200 });
    await expect.poll(tasks).toEqual({ statuses: new Set([200]), count: 2 });
  },
};

/** Sends a message by HTTP/2, and returns what comes back. */
function callGrpc(session: ClientHttp2Session, host: string, message: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { ':method': 'POST', ':path': '/shop.Shop/List', ':authority': host };
    const stream = session.request({ ...headers, 'content-type': 'application/grpc', te: 'trailers' });
    const got: Record<string, unknown> = {};
    let text = '';
    session.once('error', reject);
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    stream.once('response', (answer) => Object.assign(got, { status: answer[':status'], type: answer['content-type'] }));
    stream.once('trailers', (trailers) => Object.assign(got, { trailer: trailers['grpc-status'] }));
    stream.once('error', reject);
    stream.once('end', () => resolve({ ...got, text }));
    stream.end(message);
  });
}

test('each recipe has labels and a run, and each run a recipe', () => {
  expect(Object.keys(CHECKS).sort()).toEqual(recipes.map(({ title }) => title).sort());
  expect(recipes.filter((recipe) => recipe.apps.length === 0)).toEqual([]);
});

describe.each(haproxies)('%s', (haproxy) => {
  test.each(recipes)('$title', { timeout: 60_000 }, async ({ title, apps: [first] }) => {
    expect.hasAssertions();
    const live = lives.get(haproxy);
    if (live === undefined) throw new Error('it did not start');
    const host = first?.labels['HAPROXY_0_VHOST'] ?? '';
    await CHECKS[title]?.((path = '/', options = {}) => live.stack.get(path, { host, ...options }), live);
  });

  test('no app has a problem', () => {
    const text = lives.get(haproxy)?.stack.daemon.text() ?? 'no text';
    expect(text.split('\n').filter((line) => / app \//.test(line))).toEqual([]);
  });
});
