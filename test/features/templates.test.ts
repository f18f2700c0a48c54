import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { outcomeOf } from '../support/rendering/golden.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { reservedPort } from '../support/network/port-block.ts';
import { type Answer, get as ask } from '../support/network/request.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';

/** What a task got. */
interface Seen {
  readonly url: string;
  readonly host: string;
}

/** A task that tells what it got and answers with the Location that it is asked for. */
function task(): Server {
  return createServer((request, response) => {
    const location = request.headers['x-location'];
    if (typeof location === 'string') response.setHeader('Location', location);
    response.end(JSON.stringify({ url: request.url, host: request.headers.host }));
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function app(id: string, port: number, labels: Readonly<Record<string, string>>): Promise<unknown> {
  const own = Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]);
  return {
    id,
    labels: { HAPROXY_GROUP: 'external', ...Object.fromEntries(own) },
    portDefinitions: [{ port: await reservedPort() }],
    tasks: [{ id: `${id.slice(1)}.1`, host: '127.0.0.1', ports: [port], state: 'TASK_RUNNING' }],
  };
}

const server = task();
let taskPort = 0;

beforeAll(async () => {
  taskPort = await listen(server);
});

afterAll(() => {
  server.close();
});

describe.each(HAPROXIES)('the default templates on %s', (binary) => {
  let haproxy: AsyncDisposable;
  let port = 0;

  const get = (host: string, path: string, location?: string): Promise<Answer> =>
    ask(path, { port, host, headers: location === undefined ? {} : { 'X-Location': location } });
  const seen = async (host: string, path: string): Promise<Seen> => JSON.parse((await get(host, path)).text) as Seen;
  const location = async (host: string, from: string): Promise<unknown> => (await get(host, '/', from)).headers['location'];

  beforeAll(async () => {
    port = await reservedPort();
    const apps = [
      await app('/hsts', taskPort, { VHOST: 'hsts.example.com', USE_HSTS: 'true' }),
      await app('/down', await reservedPort(), { VHOST: 'down.example.com', USE_HSTS: 'true' }),
      await app('/app', taskPort, {
        VHOST: 'app.example.com',
        HTTP_BACKEND_PROXYPASS_PATH: '/app',
        HTTP_BACKEND_REVPROXY_PATH: '/app',
      }),
      await app('/several', taskPort, {
        VHOST: 'a.example.com,b.example.com',
        HTTP_BACKEND_PROXYPASS_PATH: '/s/',
        HTTP_BACKEND_REVPROXY_PATH: '/s/',
      }),
      await app('/redir', taskPort, { VHOST: 'redir.example.com', HTTP_BACKEND_REDIR: '/welcome' }),
    ];
    const ports = [port, await reservedPort(), await reservedPort(), await reservedPort()];
    const names = ['--http-port', '--https-port', '--appid-port', '--stats-port'];
    const args = [
      '--group',
      'external',
      '--bind-address',
      '127.0.0.1',
      '--no-drop-privileges',
      ...names.flatMap((name, at) => [name, String(ports[at])]),
    ];
    const { document } = outcomeOf(apps, { args, head: 'default' }, versionOf(binary));
    haproxy = await runHaproxy(binary, print(document));
  });

  afterAll(() => haproxy[Symbol.asyncDispose]());

  it('BACKEND_HSTS_OPTIONS sets the header on answers of tasks and of HAProxy itself', async () => {
    const header = { 'strict-transport-security': 'max-age=15768000' };
    expect(await get('hsts.example.com', '/')).toMatchObject({ status: 200, headers: header });
    expect(await get('down.example.com', '/')).toMatchObject({ status: 503, headers: header });
    expect((await get('app.example.com', '/')).headers).not.toHaveProperty('strict-transport-security');
  });

  it.each([
    ['/app', '/'],
    ['/app/', '/'],
    ['/app/x?q=1', '/x?q=1'],
    ['/app?q=/app/', '/?q=/app/'],
    ['/app/app/x', '/app/x'],
    ['/application', '/application'],
    ['/other/app/x', '/other/app/x'],
    ['/', '/'],
  ])('HTTP_BACKEND_PROXYPASS_GLUE: %s arrives as %s', async (path, arrives) => {
    expect(await seen('app.example.com', path)).toEqual({ url: arrives, host: 'app.example.com' });
  });

  it('HTTP_BACKEND_PROXYPASS_GLUE leaves each of several hosts as it is', async () => {
    expect(await seen('a.example.com', '/s/x')).toEqual({ url: '/x', host: 'a.example.com' });
    expect(await seen('b.example.com', '/s')).toEqual({ url: '/', host: 'b.example.com' });
  });

  it.each([
    ['/login', '/app/login'],
    ['/', '/app/'],
    ['http://app.example.com/login?next=/a,b', '/app/login?next=/a,b'],
    ['https://app.example.com:8443/login', '/app/login'],
    ['http://app.example.com', '/app'],
    ['https://app.example.com?q=1', '/app?q=1'],
    ['http://other.example.com/login', 'http://other.example.com/login'],
    ['http://app.example.com.evil.org/login', 'http://app.example.com.evil.org/login'],
    ['http://appXexample.com/login', 'http://appXexample.com/login'],
    ['//other.example.com/login', '//other.example.com/login'],
    ['login', 'login'],
  ])('HTTP_BACKEND_REVPROXY_GLUE: Location %s becomes %s', async (from, to) => {
    expect(await location('app.example.com', from)).toBe(to);
  });

  it('HTTP_BACKEND_REVPROXY_GLUE knows all of several hosts', async () => {
    expect(await location('b.example.com', 'http://a.example.com/x')).toBe('/s/x');
    expect(await location('a.example.com', 'https://b.example.com/x')).toBe('/s/x');
    expect(await location('a.example.com', 'https://c.example.com/x')).toBe('https://c.example.com/x');
  });

  it('HTTP_BACKEND_REDIR redirects the root and nothing else', async () => {
    expect(await get('redir.example.com', '/')).toMatchObject({ status: 301, headers: { location: '/welcome' } });
    expect(await seen('redir.example.com', '/welcome')).toMatchObject({ url: '/welcome' });
  });

  it('HEAD answers while nothing else does', async () => {
    expect(await get('nobody.example.com', '/')).toMatchObject({ status: 503 });
  });
});
