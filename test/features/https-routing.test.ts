/** What chooses the app over TLS: one connection, two hosts, on every HAProxy. */
import { createServer, type Server } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../src/certificates/self-signed.ts';
import type { Service } from '../../src/model/service.ts';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { render } from '../../src/render/render.ts';
import { service } from '../support/rendering/documents.ts';
import { featuresFor, HAPROXIES } from '../support/haproxy/haproxies.ts';
import { reservePorts, type PortBlock } from '../support/network/port-block.ts';
import { plainRender } from '../support/rendering/render-settings.ts';
import { SHORT_HEAD } from '../support/rendering/golden.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';

/** `others`: what comes back for another host, for one with a password, with the password, and for a host that no app has. */
const LAYOUTS = [
  ['rules', {}, [200, 401, 200, 503]],
  ['maps', { haproxyMap: true }, [200, 401, 200, 503]],
  // The frontend of a vhost has the certificates and client checks of that vhost only.
  ['grouped', { groupHttpsByVhost: true }, [421, 421, 421, 421]],
  ['grouped with maps', { groupHttpsByVhost: true, haproxyMap: true }, [421, 421, 421, 421]],
] as const;
type Layout = (typeof LAYOUTS)[number][1];

/** SHA-512 crypt hash of "secret". */
const HASH = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';

const tasks = new Map<string, Server>();
let ports: PortBlock;
let certificate = '';

beforeAll(async () => {
  ports = await reservePorts();
  certificate = await selfSigned({ hosts: ['*.w.test'], days: 2, now: new Date() });
  for (const name of ['a', 'b', 'path', 'auth']) {
    const server = createServer((request, response) => {
      response.end(JSON.stringify({ name, headers: request.headers }));
    });
    tasks.set(name, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
});

afterAll(async () => {
  for (const server of tasks.values()) server.close();
  await ports?.[Symbol.asyncDispose]();
});

describe.each(HAPROXIES)('%s', (haproxy) => {
  describe.each(LAYOUTS)('with %s', (_, layout, others) => {
    it('sni: speaks no HTTP/2, so that a browser opens a connection for each host', async () => {
      await using running = await start(haproxy, 'sni', layout);
      const socket = await tls(running.port, 'a.w.test', ['h2', 'http/1.1']);
      expect(socket.alpnProtocol).not.toBe('h2');
      socket.destroy();
      expect(await ask(running.port, 'a.w.test', 'a.w.test')).toMatch(/"name":"a"/);
      expect(await ask(running.port, 'b.w.test', 'b.w.test')).toMatch(/"name":"b"/);
    });

    it('host: serves each host of one HTTP/2 connection by its own app', async () => {
      await using running = await start(haproxy, 'host', layout);
      using session = http2(running.port, 'a.w.test');
      expect(await get(session, 'a.w.test')).toMatchObject({ status: 200, name: 'a' });
      expect(await get(session, `A.W.test:${running.port}`)).toMatchObject({ status: 200, name: 'a' });
      expect(await get(session, 'a.w.test', '/path/x')).toMatchObject({ status: 200, name: 'path' });
      const answers = [
        await get(session, 'b.w.test'),
        await get(session, 'auth.w.test'),
        await get(session, 'auth.w.test', '/', PASSWORD),
        await get(session, 'c.w.test'),
      ];
      expect(answers.map(({ status }) => status)).toEqual(others);
      const right = ['b', '', 'auth', ''].map((name, at) => (others[at] === 200 ? name : ''));
      expect(answers.map(({ name = '' }) => name)).toEqual(right);
      using second = http2(running.port, 'b.w.test');
      expect(await get(second, 'b.w.test')).toMatchObject({ status: 200, name: 'b' });
    });
  });

  it('asks for the password of AUTH at the service port too with --auth-scope all', async () => {
    await using running = await start(haproxy, 'host', {}, 'all');
    const { authPort: port } = running;
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${port}/`, { headers: PASSWORD })).status).toBe(200);
  });

  it('replaces the forwarded headers of clients with --forwarded set', async () => {
    await using running = await start(haproxy, 'host', {}, 'hosts', 'set');
    using session = http2(running.port, 'a.w.test');
    const forged = {
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-prefix': '/evil',
      'x-real-ip': '192.0.2.1',
      forwarded: 'for=192.0.2.1',
    };
    const { headers } = await get(session, 'a.w.test', '/', forged);
    expect(headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'a.w.test',
      'x-forwarded-port': String(running.port),
    });
    for (const name of ['x-forwarded-prefix', 'x-real-ip', 'forwarded']) expect(headers).not.toHaveProperty(name);
  });
});

const PASSWORD = { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };

async function start(
  haproxy: string,
  httpsRouting: 'sni' | 'host',
  layout: Layout,
  authScope: 'hosts' | 'all' = 'hosts',
  forwarded: 'trust' | 'set' = 'trust',
): Promise<AsyncDisposable & { readonly port: number; readonly authPort: number }> {
  const [httpPort, port, appidPort, statsPort, authPort] = [
    await ports.next(),
    await ports.next(),
    await ports.next(),
    await ports.next(),
    await ports.next(),
  ];
  const services = [
    own(1, 'a', 'a.w.test'),
    own(2, 'b', 'b.w.test'),
    own(3, 'path', 'a.w.test', { path: '/path', weight: 1 }),
    own(4, 'auth', 'auth.w.test', {
      auth: { realm: 'r', user: 'ann', password: HASH },
      lostPort: undefined,
      servicePort: authPort,
      bindAddr: '127.0.0.1',
    }),
  ];
  const settings = {
    ...plainRender,
    ...layout,
    authScope,
    haproxy: featuresFor(haproxy),
    haproxyDir: '/golden',
    sslCerts: ['/golden/w.pem'],
    templates: { HEAD: SHORT_HEAD },
    defaults: {
      ...plainRender.defaults,
      bindAddress: '127.0.0.1',
      httpPort,
      httpsPort: port,
      appidPort,
      statsPort,
      httpsRouting,
      forwarded,
    },
  };
  const { document, problems } = render(services, settings, createLibrary(settings));
  expect(problems).toEqual([]);
  const maps = Object.fromEntries(document.files.map((map) => [map.name, printFile(map)]));
  // Names of abstract sockets belong to the whole machine.
  const text = print(document).replaceAll('abns@', `abns@${port}-`);
  const running = await runHaproxy(haproxy, text, { 'w.pem': certificate, ...maps });
  return { port, authPort, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

function own(id: number, name: string, host: string, more: Partial<Service> = {}): Service {
  const { port } = tasks.get(name)!.address() as AddressInfo;
  const server = { taskId: name, host: '127.0.0.1', ip: '127.0.0.1', port, draining: false };
  return service(id, {}, { vhosts: [host], hostname: host, servers: [server], lostPort: true, ...more });
}

function tls(port: number, servername: string, protocols: readonly string[]): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host: '127.0.0.1', port, servername, ALPNProtocols: [...protocols], rejectUnauthorized: false },
      () => {
        resolve(socket);
      },
    );
    socket.once('error', reject);
  });
}

async function ask(port: number, sni: string, host: string): Promise<string> {
  const socket = await tls(port, sni, ['http/1.1']);
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

function http2(port: number, servername: string): ClientHttp2Session & Disposable {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { servername, rejectUnauthorized: false });
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

async function get(
  session: ClientHttp2Session,
  authority: string,
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly name?: string; readonly headers?: Record<string, string> }> {
  const stream = session.request({ ':authority': authority, ':path': path, ...headers });
  let status = 0;
  stream.once('response', (answer) => {
    status = answer[':status'] ?? 0;
  });
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return { status, ...(text.startsWith('{') ? (JSON.parse(text) as object) : {}) };
}
