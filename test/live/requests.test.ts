import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { startStack, type Ports, type Stack } from '../support/program/stack.ts';

// Hash of "secret" by crypt, SHA-512.
const HASH = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';

let stack: Stack;
const portOf = (id: string): number => stack.ports.service[ids.indexOf(id)] ?? 0;
const ids: string[] = [];

function apps({ service }: Ports): object[] {
  const add = (id: string, labels: Record<string, string>, more: object = {}): object =>
    app(id, service[ids.push(id) - 1] ?? 0, labels, more);
  const tcp = { env: { SIM_TCP: '1' } };
  return [
    add('/plain', { HAPROXY_0_MODE: 'http' }),
    add('/one', { HAPROXY_0_VHOST: 'one.test' }),
    add('/two', { HAPROXY_0_VHOST: 'two.test,also.test' }),
    add('/api', { HAPROXY_0_VHOST: 'one.test', HAPROXY_0_PATH: '/api' }),
    add('/auth', { HAPROXY_0_VHOST: 'auth.test', HAPROXY_0_AUTH: `realm:ann:${HASH}` }),
    add('/redirect', { HAPROXY_0_VHOST: 'redirect.test', HAPROXY_0_REDIRECT_TO_HTTPS: 'true', HAPROXY_0_USE_HSTS: 'true' }),
    add('/proxypass', { HAPROXY_0_VHOST: 'proxypass.test', HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/app' }),
    add('/anycase', {
      HAPROXY_0_VHOST: 'anycase.test',
      HAPROXY_0_PATH: '-i /egress',
      HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/egress',
    }),
    add('/broken-url', { HAPROXY_0_VHOST: 'http://url.test/,a!.wild.test' }),
    add('/revproxy', { HAPROXY_0_VHOST: 'revproxy.test', HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: '/app' }),
    add('/root', { HAPROXY_0_VHOST: 'root.test', HAPROXY_0_HTTP_BACKEND_REDIR: '/start' }),
    add('/sticky', { HAPROXY_0_VHOST: 'sticky.test', HAPROXY_0_STICKY: 'true' }, { instances: 3 }),
    add('/allowed', { HAPROXY_0_VHOST: 'allowed.test', HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '127.0.0.64/26 127.0.0.1' }),
    add('/tcp', { HAPROXY_0_MODE: 'tcp' }, tcp),
    add('/tcp-allowed', { HAPROXY_0_MODE: 'tcp', HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '127.0.0.64/26' }, tcp),
    add('/broken-port', { HAPROXY_0_VHOST: 'broken.test', HAPROXY_0_PORT: 'http' }),
    add('/broken-balance', { HAPROXY_0_VHOST: 'magic.test', HAPROXY_0_BALANCE: 'magic' }),
    add('/off', { HAPROXY_0_MODE: 'http', HAPROXY_0_ENABLED: 'false' }),
    add('/internal', { HAPROXY_GROUP: 'internal', HAPROXY_0_MODE: 'http' }),
    add('/moved', { HAPROXY_0_PORT: String(service.at(-1)), HAPROXY_0_MODE: 'http' }),
  ];
}

beforeAll(async () => {
  stack = await startStack({
    apps,
    args: async ({ folder }) => {
      const certificates = ['default.test', 'one.test', 'redirect.test'].map((host) => makeCertificate(folder, host));
      return ['--ssl-certs', (await Promise.all(certificates)).join(',')];
    },
  });
  await served();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

describe('a request reaches the task', () => {
  test('by service port', async () => {
    expect(await stack.get('/x', { port: portOf('/plain') })).toMatchObject({ status: 200, app: '/plain', seen: '/x' });
  });

  test('by the port of a label, and not by the one of Marathon', async () => {
    expect(await stack.get('/', { port: stack.ports.service.at(-1) ?? 0 })).toMatchObject({ app: '/moved' });
    await expect(stack.get('/', { port: portOf('/moved') })).rejects.toThrow(/ECONNREFUSED/);
  });

  test.each([
    ['one.test', '/one'],
    ['ONE.test', '/one'],
    ['two.test', '/two'],
    ['also.test', '/two'],
  ])('by the vhost %s', async (host, id) => {
    expect(await stack.get('/', { host })).toMatchObject({ status: 200, app: id });
  });

  test.each([
    ['/api', '/api'],
    ['/api/x?y=1', '/api'],
    ['/ap', '/one'],
  ])('by the path %s', async (path, id) => {
    expect(await stack.get(path, { host: 'one.test' })).toMatchObject({ status: 200, app: id, seen: path });
    expect(await stack.get(path, { sni: 'one.test' })).toMatchObject({ status: 200, app: id, seen: path });
  });

  test.each([
    ['one.test', '/one', 'one.test'],
    ['redirect.test', '/redirect', 'redirect.test'],
    ['two.test', '/two', 'default.test'],
  ])('over TLS by the name %s, with the certificate for it', async (sni, id, certificate) => {
    const answer = await stack.get('/', { sni });
    expect(answer).toMatchObject({ status: 200, app: id, certificate });
    expect(JSON.parse(answer.text)).toMatchObject({
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-port': String(stack.ports.https), 'x-forwarded-for': '127.0.0.1' },
    });
  });

  test.each(['/plain', '/one', '/sticky'])('by the app id %s', async (id) => {
    const headers = { 'X-Marathon-App-Id': id };
    expect(await stack.get('/', { port: stack.ports.appid, headers })).toMatchObject({ status: 200, app: id });
  });

  test('and where no rule fits, none', async () => {
    const headers = { 'X-Marathon-App-Id': '/none' };
    expect(await stack.get('/', { host: 'nobody.test' })).toMatchObject({ status: 503, app: undefined });
    expect(await stack.get('/', { sni: 'nobody.test' })).toMatchObject({ status: 503, app: undefined });
    expect(await stack.get('/', { port: stack.ports.appid, headers })).toMatchObject({ status: 503, app: undefined });
  });

  test.each(['/off', '/internal'])('but not of the app %s', async (id) => {
    await expect(stack.get('/', { port: portOf(id) })).rejects.toThrow(/ECONNREFUSED/);
  });

  test('in TCP mode, byte by byte', async () => {
    expect(await echo(portOf('/tcp'), 'not HTTP\n')).toBe('not HTTP\n');
  });
});

describe('what labels ask for', () => {
  test.each([{ host: 'auth.test' }, { sni: 'auth.test' }])('AUTH on %o', async (where) => {
    expect(await stack.get('/', where)).toMatchObject({
      status: 401,
      app: undefined,
      headers: { 'www-authenticate': 'Basic realm="realm"' },
    });
    expect(await stack.get('/', { ...where, ...basic('ann:wrong') })).toMatchObject({ status: 401, app: undefined });
    expect(await stack.get('/', { ...where, ...basic('ann:secret') })).toMatchObject({ status: 200, app: '/auth' });
  });

  test('REDIRECT_TO_HTTPS', async () => {
    expect(await stack.get('/x?y=1', { host: 'redirect.test' })).toMatchObject({
      status: 301,
      headers: { location: 'https://redirect.test/x?y=1' },
    });
    expect(await stack.get('/x', { sni: 'redirect.test' })).toMatchObject({ status: 200, app: '/redirect' });
  });

  test('USE_HSTS', async () => {
    const header = 'strict-transport-security';
    expect((await stack.get('/', { sni: 'redirect.test' })).headers[header]).toBe('max-age=15768000');
    expect((await stack.get('/', { sni: 'one.test' })).headers[header]).toBeUndefined();
  });

  test.each([
    ['/app', '/'],
    ['/app/', '/'],
    ['/app/x?y=/app/z', '/x?y=/app/z'],
    ['/application', '/application'],
    ['/other/app/x', '/other/app/x'],
  ])('PROXYPASS_PATH: %s becomes %s', async (path, seen) => {
    expect(await stack.get(path, { host: 'proxypass.test' })).toMatchObject({ status: 200, app: '/proxypass', seen });
  });

  test.each([
    ['/egress/x', '/x'],
    ['/EGRESS/x?y', '/x?y'],
    ['/Egress', '/'],
  ])('PROXYPASS_PATH with a PATH in any case: %s becomes %s', async (path, seen) => {
    expect(await stack.get(path, { host: 'anycase.test' })).toMatchObject({ status: 200, app: '/anycase', seen });
  });

  test('VHOST with a URL, beside a host that cannot be served', async () => {
    expect(await stack.get('/', { host: 'url.test' })).toMatchObject({ status: 200, app: '/broken-url' });
    expect(await stack.get('/', { host: 'a!.wild.test' })).toMatchObject({ status: 503 });
  });

  test.each([
    ['/x', '/app/x'],
    ['http://revproxy.test/x?y=1', '/app/x?y=1'],
  ])('REVPROXY_PATH: Location %s becomes %s', async (to, wanted) => {
    const answer = await stack.get(`/redirect?to=${encodeURIComponent(to)}`, { host: 'revproxy.test' });
    expect(answer.status).toBe(302);
    expect(answer.headers.location?.replace(/^http:\/\/revproxy\.test/, '')).toBe(wanted);
  });

  test('HTTP_BACKEND_REDIR: only the root', async () => {
    const root = await stack.get('/', { host: 'root.test' });
    expect([301, 302]).toContain(root.status);
    expect(root.headers.location).toMatch(/^(http:\/\/root\.test)?\/start$/);
    expect(await stack.get('/other', { host: 'root.test' })).toMatchObject({ status: 200, app: '/root', seen: '/other' });
  });

  test('STICKY: a client stays with its task, others are spread', async () => {
    const first = await stack.get('/', { host: 'sticky.test' });
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(cookie).toMatch(/^\S+=[0-9a-f]{10}$/);
    const ask = async (headers: Record<string, string>): Promise<Set<string | undefined>> => {
      const six = Array.from({ length: 6 }, () => stack.get('/', { host: 'sticky.test', headers }));
      return new Set((await Promise.all(six)).map(({ task }) => task));
    };
    expect(await ask({ cookie })).toEqual(new Set([first.task]));
    expect((await ask({})).size).toBe(3);
  });

  test('NETWORK_ALLOWED_ACL: addresses and ranges, in both modes', async () => {
    expect([await statusFrom('127.0.0.1'), await statusFrom('127.0.0.100'), await statusFrom('127.0.0.5')]).toEqual([
      200, 200, 403,
    ]);
    expect([await echoFrom('127.0.0.100'), await echoFrom('127.0.0.5')]).toEqual(['x', '']);
  });
});

describe('an app with a mistake', () => {
  test('is left out, with its reason in the log', async () => {
    await stack.daemon.until(/app \/broken-port.*HAPROXY_0_PORT.*http/);
    await stack.daemon.until(/app \/broken-balance.*balance only supports/);
    expect(await stack.get('/', { host: 'broken.test' })).toMatchObject({ status: 503, app: undefined });
    expect(await stack.get('/', { host: 'magic.test' })).toMatchObject({ status: 503, app: undefined });
  });

  test('is the only one of which anything is said', async () => {
    await stack.daemon.until(/app \/broken-balance/);
    const complaints = stack.daemon
      .text()
      .split('\n')
      .filter((line) => / app \//.test(line));
    expect(complaints.filter((line) => !/\/broken-|auth-open/.test(line))).toEqual([]);
  });
});

describe('the statistics port', () => {
  test.each([
    ['/haproxy?stats', /Statistics Report/],
    ['/haproxy?stats;csv', /^# pxname.*one_\d+,BACKEND/s],
    ['/metrics', /^haproxy_/m],
    ['/_haproxy_health_check', /./],
  ])('%s', async (path, text) => {
    const answer = await stack.get(path, { port: stack.ports.stats });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(text);
  });
});

/** What comes back over TCP: everything until the other side ends, or as much as was sent. */
function echo(port: number, text: string, from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
      if (got.length >= text.length) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(got));
  });
}

/** Waits until all good apps are there, with their tasks. */
async function served(): Promise<void> {
  await stack.sim.idle();
  await stack.eventually(async () => {
    const text = await stack.configText();
    for (const id of ids.filter((id) => !/broken|off|internal/.test(id))) expect(text).toContain(`backend ${id.slice(1)}_`);
    expect(text.match(/^ {2}server .* cookie /gm)).toHaveLength(3);
    expect(await stack.get('/', { port: stack.ports.service.at(-1) ?? 0 })).toMatchObject({ app: '/moved' });
  });
}

function basic(text: string) {
  return { headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } };
}

async function statusFrom(from: string): Promise<number> {
  return (await stack.get('/', { host: 'allowed.test', from })).status;
}

function echoFrom(from: string): Promise<string> {
  return echo(portOf('/tcp-allowed'), 'x', from);
}
