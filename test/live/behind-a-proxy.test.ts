/** The options about what stands in front: the client is who it says, for rules and tasks, and who others say it is not. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { echo } from '../support/labels/echo.ts';
import { app } from '../support/marathon/apps.ts';
import type { Answer } from '../support/network/request.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

const haproxies = [...new Set([HAPROXIES[0] ?? '', HAPROXIES.at(-1) ?? ''])];

/** Where proxies connect from: those with headers, and those with the PROXY protocol. */
const [PROXY, SECOND, SENDER] = ['127.1.0.1', '127.1.0.2', '127.2.0.1'];
const OPTIONS = [
  '--trusted-proxies',
  '127.1.0.0/16,2001:db8:1::/48',
  '--accept-proxy',
  '127.2.0.0/16,2001:db8:2::/48',
  '--request-id',
];

const LABELS = {
  '/shop': { VHOST: 'shop.test' },
  '/guarded': { VHOST: 'guarded.test', ALLOW: '198.51.100.0/24,2001:db8:9::/48' },
  '/listed': { VHOST: 'listed.test', BACKEND_NETWORK_ALLOWED_ACL: '198.51.100.7' },
  '/limited': { VHOST: 'limited.test', RATE_LIMIT: '2/10m' },
  '/secure': { VHOST: 'secure.test', REDIRECT_TO_HTTPS: 'true' },
  '/pattern': { VHOST: '*.pattern.test', REDIRECT_TO_HTTPS: 'true' },
  '/queue': { MODE: 'tcp', DENY: '198.51.100.7' },
  '/open': { MODE: 'http', BIND_OPTIONS: 'accept-proxy' },
} as const;
const ids = Object.keys(LABELS);

/** Waits until HAProxy serves all apps. */
async function isServed(stack: Stack): Promise<void> {
  await stack.sim.idle();
  await stack.eventually(async () => {
    expect(await echo(portOf(stack, '/queue'), 'x', /x/)).toBe('x');
    for (const id of ids)
      expect(await stack.configText()).toMatch(new RegExp(`^backend ${id.slice(1)}_\\d+\\n(?: .*\\n)* {2}server `, 'm'));
    expect(await stack.get('/', { host: 'shop.test' })).toMatchObject({ app: '/shop' });
  });
}

const portOf = ({ ports }: Stack, id: string): number => ports.service[ids.indexOf(id)] ?? 0;

const V1 = 'PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n';

function request(host: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

function forwardedFor(answer: string): string | undefined {
  return /"x-forwarded-for":"([^"]*)"/.exec(answer)?.[1];
}

/** Sends all of a request in the clear. */
function ask(port: number, text: string, from = SENDER): Promise<string> {
  return echo(port, text, /^never$/, from);
}

type Headers = Readonly<Record<string, string>>;

describe.each(haproxies)('%s', (haproxy) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      haproxy,
      args: () => OPTIONS,
      apps: ({ service }) =>
        Object.entries(LABELS).map(([id, labels], at) =>
          app(
            id,
            service[at] ?? 0,
            Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
            id === '/queue' ? { env: { SIM_TCP: '1' } } : {},
          ),
        ),
    });
    await isServed(stack);
  }, 60_000);
  afterAll(() => stack[Symbol.asyncDispose]());

  /** Returns what a task sees of a request. */
  async function seen(headers: Headers, more: Readonly<Record<string, string | number>> = {}): Promise<Headers> {
    const { status, text } = await stack.get('/', { host: 'shop.test', headers, ...more });
    expect(status).toBe(200);
    return (JSON.parse(text) as { headers: Headers }).headers;
  }

  const clientOf = async (list: string, from = PROXY, more = {}): Promise<unknown> =>
    (await seen({ 'x-forwarded-for': list }, { from, ...more }))['x-forwarded-for'];

  test.each([
    ['198.51.100.7', '198.51.100.7'],
    ['1.2.3.4, 198.51.100.7', '198.51.100.7'],
    [`1.2.3.4, 198.51.100.7, ${SECOND}`, '198.51.100.7'],
    [`1.2.3.4,198.51.100.7 ,${SECOND}:4711,2001:db8:1::5, [2001:db8:1::6]:443`, '198.51.100.7'],
    ['2001:db8:9::1', '2001:db8:9::1'],
    ['1.2.3.4, [2001:db8:9::1]:1234', '2001:db8:9::1'],
    [`198.51.100.7, ::ffff:${SECOND}`, '198.51.100.7'],
    ['198.51.100.7, unknown', PROXY],
    ['198.51.100.7, _hidden', PROXY],
    ['198.51.100.7, 198.51.100.8 x', PROXY],
    ['198.51.100.7,', PROXY],
    ['198.51.100.7, localhost', PROXY],
    [`198.51.100.7, junk, ${SECOND}`, SECOND],
    [`198.51.100.7, 1.2.3.4, junk, ${SECOND}`, SECOND],
    // All are trusted: the first, or the fifth from the end.
    [`127.1.0.9, ${SECOND}`, '127.1.0.9'],
    ['198.51.100.7, 127.1.0.15, 127.1.0.14, 127.1.0.13, 127.1.0.12, 127.1.0.11', '127.1.0.15'],
  ])('X-Forwarded-For: %s names %s', async (list, client) => {
    expect(await clientOf(list)).toBe(client);
    // Whichever way it comes.
    expect(await clientOf(list, PROXY, { port: portOf(stack, '/shop') })).toBe(client);
    expect(await clientOf(list, PROXY, { sni: 'shop.test' })).toBe(client);
    const byId = { 'x-forwarded-for': list, 'x-marathon-app-id': '/shop' };
    expect((await seen(byId, { from: PROXY, port: stack.ports.appid }))['x-forwarded-for']).toBe(client);
  });

  test('each request of a kept connection has its own client', async () => {
    const requests = ['198.51.100.1', '', '198.51.100.2'].map((client) => {
      const forwarded = client === '' ? '' : `X-Forwarded-For: ${client}\r\n`;
      return `GET / HTTP/1.1\r\nHost: shop.test\r\n${forwarded}${client.endsWith('2') ? 'Connection: close\r\n' : ''}\r\n`;
    });
    const answer = await echo(stack.ports.http, requests.join(''), /^never$/, PROXY);
    const clients = Array.from(answer.matchAll(/"x-forwarded-for":"([^"]*)"/g), ([, client]) => client);
    expect(clients).toEqual(['198.51.100.1', PROXY, '198.51.100.2']);
  });

  test('nobody else is believed, in whatever spelling', async () => {
    const forged = {
      'X-Forwarded-For': '198.51.100.7',
      'X-FORWARDED-PROTO': 'https',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-port': '443',
      'x-forwarded-prefix': '/evil',
      X_Forwarded_For: '198.51.100.7',
      'X-Forwarded_For': '198.51.100.7',
      'x-real-ip': '198.51.100.7',
      x_real_ip: '198.51.100.7',
      Forwarded: 'for=198.51.100.7',
    };
    const headers = await seen(forged, { from: '127.0.0.9' });
    expect(
      Object.fromEntries(Object.entries(headers).filter(([name]) => /^x[-_](?:forwarded|real)|^forwarded/.test(name))),
    ).toEqual({
      'x-forwarded-for': '127.0.0.9',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.test',
      'x-forwarded-port': String(stack.ports.http),
      forwarded: 'for=127.0.0.9;proto=http;host="shop.test"',
    });
    const underscores = await seen({ X_Forwarded_For: '198.51.100.7', 'X-Forwarded_Host': 'evil.test' }, { from: PROXY });
    expect(Object.keys(underscores).filter((name) => name.includes('_'))).toEqual([]);
  });

  test('tasks get what the proxies say, if it can be', async () => {
    const said = {
      'x-forwarded-for': '2001:db8:9::1',
      'x-forwarded-proto': 'HTTPS',
      'x-forwarded-host': 'a.test',
      'x-real-ip': '9.9.9.9',
    };
    expect(await seen({ ...said, 'x-forwarded-prefix': '/p' }, { from: PROXY })).toMatchObject({
      'x-forwarded-for': '2001:db8:9::1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-forwarded-host': 'a.test',
      'x-forwarded-prefix': '/p',
      'x-real-ip': '2001:db8:9::1',
      forwarded: 'for="[2001:db8:9::1]";proto=https;host="a.test"',
    });
    const odd = { 'x-forwarded-proto': 'https;x', 'x-forwarded-host': 'a.test";for=1.2.3.4', 'x-forwarded-port': '80x' };
    expect(await seen(odd, { from: PROXY, sni: 'shop.test' })).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': String(stack.ports.https),
      'x-forwarded-host': 'shop.test',
      forwarded: `for=${PROXY};proto=https;host="shop.test"`,
    });
    const lists = {
      'x-forwarded-proto': 'https, http',
      'x-forwarded-port': '443, 8080',
      'x-forwarded-host': 'evil.test, b.test',
    };
    expect(await seen(lists, { from: PROXY })).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '8080',
      'x-forwarded-host': 'b.test',
    });
  });

  const ruledStatus = async (host: string, list: string, from = PROXY): Promise<number> =>
    (await stack.get('/', { host, from, headers: { 'x-forwarded-for': list } })).status;

  test('rules see the client', async () => {
    for (const host of ['guarded.test', 'listed.test']) {
      expect(await ruledStatus(host, '198.51.100.7')).toBe(200);
      expect(await ruledStatus(host, '198.51.100.7, 192.0.2.1')).toBe(403);
      expect(await ruledStatus(host, '198.51.100.7', '127.0.0.9')).toBe(403);
      expect(await ruledStatus(host, 'unknown')).toBe(403);
    }
    expect(await ruledStatus('guarded.test', '2001:db8:9::7')).toBe(200);
    const limits = async (client: string): Promise<readonly number[]> => {
      const statuses: number[] = [];
      while (statuses.length < 3) statuses.push(await ruledStatus('limited.test', client));
      return statuses;
    };
    expect(await limits('198.51.100.1')).toEqual([200, 200, 429]);
    expect(await limits('198.51.100.2')).toEqual([200, 200, 429]);
  });

  test.each(['secure.test', 'a.pattern.test'])('%s is redirected to TLS only if the client has none', async (host) => {
    const statusOf = async (proto: string, from: string): Promise<number> =>
      (await stack.get('/', { host, from, headers: { 'x-forwarded-proto': proto } })).status;
    expect(await statusOf('https', PROXY)).toBe(200);
    expect(await statusOf('http', PROXY)).toBe(301);
    expect(await statusOf('https', '127.0.0.9')).toBe(301);
  });

  /** Returns the id that the task and the client get. */
  async function idOf(headers: Headers, from: string): Promise<unknown> {
    const answer = await stack.get('/', { host: 'shop.test', headers, from });
    const got = answer.headers['x-request-id'];
    expect((JSON.parse(answer.text) as { headers: Headers }).headers['x-request-id']).toBe(got);
    return got;
  }

  describe('the id of a request', () => {
    const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

    test('is another one for each', async () => {
      const found = await Promise.all(Array.from({ length: 20 }, () => idOf({}, '127.0.0.9')));
      expect(new Set(found).size).toBe(20);
      for (const id of found) expect(id).toMatch(UUID);
    });

    test('is kept from a trusted proxy, whoever is the client, and from nobody else', async () => {
      const id = 'Root=1-67891233-abcdef012345678912345678';
      expect(await idOf({ 'x-request-id': id, 'x-forwarded-for': '198.51.100.7' }, PROXY)).toBe(id);
      expect(await idOf({ 'x-request-id': id, 'x-forwarded-for': PROXY }, '127.0.0.9')).toMatch(UUID);
      for (const odd of ['a b', 'a"b', 'x'.repeat(129), 'a, b', '%[src]']) {
        expect(await idOf({ 'x-request-id': odd }, PROXY)).toMatch(UUID);
      }
    });

    test('comes with answers of HAProxy itself, also of an app that nobody has', async () => {
      for (const host of ['guarded.test', 'secure.test', 'nobody.test'])
        expect((await stack.get('/', { host })).headers['x-request-id']).toMatch(UUID);
    });
  });

  describe('PROXY protocol', () => {
    test('names the client, on all ports', async () => {
      const ports = [stack.ports.http, portOf(stack, '/shop')];
      for (const port of ports) expect(forwardedFor(await ask(port, V1 + request('shop.test')))).toBe('198.51.100.7');
      const byId = 'GET / HTTP/1.1\r\nHost: x\r\nX-Marathon-App-Id: /shop\r\nConnection: close\r\n\r\n';
      expect(forwardedFor(await ask(stack.ports.appid, V1 + byId))).toBe('198.51.100.7');
      expect(await ask(stack.ports.http, V1 + request('guarded.test'))).toMatch(/^HTTP\/1\.1 200 /);
      const v6 = 'PROXY TCP6 2001:db8:9::1 2001:db8::2 4711 443\r\n';
      expect(forwardedFor(await ask(stack.ports.http, v6 + request('shop.test')))).toBe('2001:db8:9::1');
      expect(forwardedFor(await ask(stack.ports.http, v2('100.64.9.8') + request('shop.test')))).toBe('100.64.9.8');
    });

    test('comes before TLS', async () => {
      expect(forwardedFor(await overTls(stack.ports.https, V1, request('shop.test')))).toBe('198.51.100.7');
    });

    test('counts in mode tcp', async () => {
      expect(await echo(portOf(stack, '/queue'), 'PROXY TCP4 198.51.100.9 192.0.2.1 1 2\r\nx', /x/, SENDER)).toBe('x');
      expect(await echo(portOf(stack, '/queue'), `${V1}x`, /x/, SENDER)).toBe('');
    });

    test('is asked for in these networks, and is not believed from elsewhere', async () => {
      expect(await echo(stack.ports.http, request('shop.test'), /^never$/, SENDER).catch(() => '')).toBe('');
      expect(await echo(stack.ports.http, V1 + request('guarded.test'), /^never$/, '127.0.0.9')).toMatch(/^HTTP\/1\.1 400 /);
      // To a task of mode tcp it is data.
      expect(await echo(portOf(stack, '/queue'), `${V1}x`, /x/, '127.0.0.9')).toBe(`${V1}x`);
    });

    test('may name a trusted proxy, whose header is read then', async () => {
      const proxied = `PROXY TCP4 ${PROXY} 192.0.2.1 1 2\r\nGET / HTTP/1.1\r\nHost: shop.test\r\nX-Forwarded-For: 198.51.100.5\r\nConnection: close\r\n\r\n`;
      expect(forwardedFor(await echo(stack.ports.http, proxied, /^never$/, SENDER))).toBe('198.51.100.5');
      const other = proxied.replace(PROXY, '192.0.2.9');
      expect(forwardedFor(await echo(stack.ports.http, other, /^never$/, SENDER))).toBe('192.0.2.9');
    });

    test('of a service that takes it from anybody is read once', async () => {
      for (const from of [SENDER, '127.0.0.9'])
        expect(forwardedFor(await echo(portOf(stack, '/open'), V1 + request('x'), /^never$/, from))).toBe('198.51.100.7');
    });

    test('is not for the port of the statistics', async () => {
      expect(await stack.get('/_haproxy_health_check', { port: stack.ports.stats, from: SENDER })).toMatchObject({ status: 200 });
    });
  });
});

test.each(haproxies)(
  '%s: with a frontend for each vhost, both count behind the first one',
  { timeout: 60_000 },
  async (haproxy) => {
    await using stack = await startStack({
      haproxy,
      args: () => [...OPTIONS, '--group-https-by-vhost'],
      apps: ({ service }) => [
        app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_ALLOW: '198.51.100.0/24' }),
      ],
    });
    const get = (from: string, client: string): Promise<Answer> =>
      stack.get('/', { sni: 'shop.test', from, headers: { 'x-forwarded-for': client } });
    await stack.sim.idle();
    await stack.eventually(async () => expect(await get(PROXY, '198.51.100.7')).toMatchObject({ status: 200, app: '/shop' }));
    expect(await get(PROXY, '192.0.2.1')).toMatchObject({ status: 403 });
    expect(await get('127.0.0.9', '198.51.100.7')).toMatchObject({ status: 403 });
    const clientOf = async (clear: string): Promise<string | undefined> =>
      forwardedFor(await overTls(stack.ports.https, clear, request('shop.test')));
    expect(await clientOf('PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n')).toBe('198.51.100.7');
    expect(await clientOf('PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n')).toBeUndefined();
  },
);

/** Version 2 for IPv4, by the specification: signature, version and command, family, length, addresses and ports. All bytes are ASCII. */
function v2(client: string): string {
  const address = client.split('.').map(Number);
  const bytes = [0x21, 0x11, 0, 12, ...address, 10, 0, 0, 1, 0x12, 0x67, 0x01, 0x50];
  return `\r\n\r\n\0\r\nQUIT\n${String.fromCharCode(...bytes)}`;
}

/** Sends a text in the clear, and another one over TLS on the same connection. */
function overTls(port: number, clear: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: SENDER }, () => {
      socket.write(clear);
      const secure = connectTls({ socket, servername: 'shop.test', rejectUnauthorized: false }, () => secure.write(text));
      let got = '';
      secure.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
      secure.once('end', () => resolve(got));
      secure.once('error', reject);
    });
    socket.once('error', reject);
  });
}
