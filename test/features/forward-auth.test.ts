/** AUTH_URL and its kin: what a service that decides is asked, and what comes of its answers, on every HAProxy. */
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';
import { reservedPort } from '../support/network/port-block.ts';
import { type Answer, get as ask, type RequestOptions } from '../support/network/request.ts';
import { outcomeOf } from '../support/rendering/golden.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const asked: Asked[] = [];

/** What the service that decides answers, by the header X-Mode of the request. */
const ANSWERS: Readonly<Record<string, readonly [status: number, headers: OutgoingHttpHeaders, body: string]>> = {
  in: [200, { 'X-User': 'ann', 'X-Groups': ['a', 'b'], Authorization: 'Bearer of-the-service', 'X-Other': 'no' }, 'come in'],
  none: [204, {}, ''],
  login: [401, { 'WWW-Authenticate': 'Bearer', 'Set-Cookie': ['a=1', 'b=2'], 'X-Other': 'no' }, 'who are you?'],
  not: [403, { 'Content-Type': 'text/html' }, '<p>not you</p>'],
  away: [302, { Location: 'https://login.test/' }, ''],
  broken: [500, {}, 'oops'],
  strange: [404, {}, ''],
  long: [401, {}, 'x'.repeat(100_000)],
};

const decider = createServer(({ method, url, headers, socket }, response) => {
  asked.push({ method, url, headers });
  const mode = String(headers['x-mode'] ?? 'login');
  if (mode === 'silent') return;
  if (mode === 'closed') {
    socket.destroy();
    return;
  }
  const [status, own, body] = ANSWERS[mode] ?? [500, {}, ''];
  response.writeHead(status, own).end(body);
});
const task = createServer(({ rawHeaders, url }, response) => {
  response.end(JSON.stringify({ url, headers: rawHeaders.map((text) => text.toLowerCase()) }));
});
/** It is no HTTP. */
const other = createTcpServer((socket) => socket.end('nonsense\r\n\r\n'));
let otherAsked = 0;
other.on('connection', () => (otherAsked += 1));
const ports = { decider: 0, task: 0, other: 0 };

beforeAll(async () => {
  ports.decider = await listen(decider);
  ports.task = await listen(task);
  ports.other = await listen(other as unknown as Server);
});

afterAll(() => {
  for (const server of [decider, task, other]) server.close();
  decider.closeAllConnections();
});

describe.each(HAPROXIES)('on %s', (binary) => {
  let haproxy: AsyncDisposable;
  let port = 0;
  const get = (host: string, path = '/', options: Partial<RequestOptions> = {}): Promise<Answer> =>
    ask(path, { port, host: `${host}.test`, ...options });
  const as = (mode: string, host = 'plain', options: Partial<RequestOptions> = {}): Promise<Answer> =>
    get(host, '/a%20b?q=1', { ...options, headers: { 'x-mode': mode, ...options.headers } });

  beforeAll(async () => {
    port = await reservedPort();
    const url = `http://127.0.0.1:${ports.decider}/check?groups=a%20b`;
    const elsewhere = `http://127.0.0.1:${ports.other}/`;
    const hosts = [`127.0.0.1:${ports.decider}`, `127.0.0.1:${await reservedPort()}`, 'nowhere.invalid'];
    const apps = [
      await app('plain', { AUTH_URL: url, AUTH_HEADERS: 'X-User,X-Groups,Authorization' }),
      await app('signin', { AUTH_URL: url, AUTH_SIGNIN: 'https://auth.test/start?a=b' }),
      await app('here', { AUTH_URL: url, AUTH_SIGNIN: '/oauth2/start' }),
      await app('cors', { AUTH_URL: url, CORS_ORIGINS: '*' }),
      await app('closed', { AUTH_URL: `http://${hosts[1]}/` }),
      await app('unknown', { AUTH_URL: 'https://nowhere.invalid/' }),
      await app('tls', { AUTH_URL: `https://127.0.0.1:${ports.decider}/` }),
      await app('own', { BACKEND_HTTP_OPTIONS: `  http-request lua.forward_auth ${elsewhere} - -\n` }),
    ];
    const names = ['--http-port', '--https-port', '--appid-port', '--stats-port'];
    const own = [port, await reservedPort(), await reservedPort(), await reservedPort()];
    const { document } = outcomeOf(
      apps,
      {
        args: [
          '--group',
          'external',
          '--bind-address',
          '127.0.0.1',
          '--no-drop-privileges',
          '--auth-hosts',
          hosts.join(','),
          ...names.flatMap((name, at) => [name, String(own[at])]),
        ],
        head: 'default',
      },
      versionOf(binary),
    );
    haproxy = await runHaproxy(binary, print(document));
  });

  afterAll(() => haproxy?.[Symbol.asyncDispose]());

  it('asks about each request: its headers, method, host and path, and neither its body nor what the client says of itself', async () => {
    asked.length = 0;
    const headers = {
      cookie: 'c=1',
      authorization: 'Basic xyz',
      'x-user': 'eve',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-uri': '/evil',
      'x-forwarded-method': 'GET',
      X_Forwarded_Host: 'evil.test',
      'x-original-url': 'http://evil.test/',
      'x-forwarded-for': '192.0.2.1',
      'content-type': 'text/x',
      range: 'bytes=0-1',
    };
    expect(await as('in', 'plain', { method: 'POST', body: 'hello', headers })).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toEqual({
      method: 'GET',
      url: '/check?groups=a%20b',
      headers: {
        host: `127.0.0.1:${ports.decider}`,
        cookie: 'c=1',
        authorization: 'Basic xyz',
        'x-mode': 'in',
        'x-forwarded-for': '192.0.2.1, 127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-port': String(port),
        'x-forwarded-host': 'plain.test',
        'x-forwarded-uri': '/a%20b?q=1',
        'x-forwarded-method': 'POST',
        'x-original-url': 'http://plain.test/a%20b?q=1',
        'x-original-method': 'POST',
        ...(asked[0]?.headers['user-agent'] !== undefined && { 'user-agent': asked[0].headers['user-agent'] }),
        ...(asked[0]?.headers.accept !== undefined && { accept: asked[0].headers.accept }),
        connection: asked[0]?.headers.connection,
      },
    });
  });

  it('gives the task the headers of the answer, and never those of the client', async () => {
    const mine = { 'x-user': 'eve', 'x-groups': 'root', X_User: 'eve', 'X-GROUPS': 'root', authorization: 'Basic xyz' };
    const got = async (mode: string): Promise<readonly string[]> => {
      const { text, status } = await as(mode, 'plain', { headers: mine });
      expect(status).toBe(200);
      const { headers } = JSON.parse(text) as { headers: readonly string[] };
      const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []));
      return pairs.filter((pair) => /user:|groups:|^authorization|other/.test(pair)).sort();
    };
    expect(await got('in')).toEqual(['authorization: bearer of-the-service', 'x-groups: a', 'x-groups: b', 'x-user: ann']);
    expect(await got('none')).toEqual([]);
  });

  it('sends 401, 403 and redirects to the client, without what is too long', async () => {
    const login = await as('login');
    expect(login).toMatchObject({ status: 401, text: 'who are you?', headers: { 'www-authenticate': 'Bearer' } });
    expect([login.headers['set-cookie'], login.headers['x-other']]).toEqual([['a=1', 'b=2'], undefined]);
    expect(await as('not')).toMatchObject({ status: 403, text: '<p>not you</p>', headers: { 'content-type': 'text/html' } });
    expect(await as('away')).toMatchObject({ status: 302, headers: { location: 'https://login.test/' } });
    expect(await as('long')).toMatchObject({ status: 401, text: '' });
  });

  it('sends a client without a login to the page, with the address that it asked for', async () => {
    const rd = 'rd=http%3A%2F%2Fsignin.test%2Fa%2520b%3Fq%3D1';
    expect(await as('login', 'signin')).toMatchObject({
      status: 302,
      headers: { location: `https://auth.test/start?a=b&${rd}`, 'cache-control': 'no-store' },
    });
    const over = { headers: { 'x-forwarded-proto': 'https' } };
    expect((await as('login', 'here', over)).headers.location).toBe('/oauth2/start?rd=https%3A%2F%2Fhere.test%2Fa%2520b%3Fq%3D1');
    expect(await as('login', 'signin', { method: 'POST' })).toMatchObject({ status: 401 });
    expect(await as('not', 'signin')).toMatchObject({ status: 403 });
  });

  it('answers 503 if nobody says that a request may pass', async () => {
    for (const mode of ['broken', 'strange', 'closed']) expect([mode, (await as(mode)).status]).toEqual([mode, 503]);
    for (const host of ['closed', 'unknown', 'tls']) expect([host, (await as('in', host)).status]).toEqual([host, 503]);
  });

  it('does not wait for ever, and lets others pass meanwhile', async () => {
    const waits = as('silent');
    for (let time = 0; time < 20; time += 1) expect((await as('in')).status).toBe(200);
    expect(await waits).toMatchObject({ status: 503 });
  }, 30_000);

  it('lets preflight requests be answered, and no other', async () => {
    const preflight = { 'access-control-request-method': 'PUT' };
    expect(await as('login', 'cors', { method: 'OPTIONS', headers: preflight })).toMatchObject({ status: 204 });
    expect(await as('login', 'cors', { method: 'OPTIONS' })).toMatchObject({ status: 401 });
    expect(await as('login', 'cors', { headers: preflight })).toMatchObject({ status: 401 });
    expect(await as('in', 'cors')).toMatchObject({ status: 200 });
  });

  it('asks no host that --auth-hosts does not name, whatever a template says', async () => {
    otherAsked = 0;
    expect((await as('in', 'own')).status).toBe(200);
    expect(otherAsked).toBe(0);
  });
});

async function app(id: string, labels: Readonly<Record<string, string>>): Promise<unknown> {
  const own = Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]);
  return {
    id: `/${id}`,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: `${id}.test`, ...Object.fromEntries(own) },
    portDefinitions: [{ port: await reservedPort() }],
    tasks: [{ id: `${id}.1`, host: '127.0.0.1', ports: [ports.task], state: 'TASK_RUNNING' }],
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
