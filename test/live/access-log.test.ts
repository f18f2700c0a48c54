/** The access log of `marathon-lb run`: what HAProxy says of requests on stdout, whatever clients send. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { echo } from '../support/labels/echo.ts';
import { app } from '../support/marathon/apps.ts';
import { type Container, type ContainerOptions, startContainer } from '../support/program/container.ts';

const haproxies = [...new Set([HAPROXIES[0] ?? '', HAPROXIES.at(-1) ?? ''])];

const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/shop': { VHOST: 'shop.test' },
  '/quiet': { VHOST: 'quiet.test', ACCESS_LOG: 'off' },
  '/failing': { VHOST: 'failing.test', ACCESS_LOG: 'errors', DENY: '127.0.0.9' },
  '/loud': { VHOST: 'loud.test', ACCESS_LOG: 'on' },
  '/queue': { MODE: 'tcp' },
  '/queue/quiet': { MODE: 'tcp', ACCESS_LOG: 'off' },
  '/queue/loud': { MODE: 'tcp', ACCESS_LOG: 'on' },
  '/passed': { VHOST: 'passed.test', TLS_PASSTHROUGH: 'true' },
  '/passed/quiet': { VHOST: 'quiet.passed.test', TLS_PASSTHROUGH: 'true', ACCESS_LOG: 'off' },
  '/passed/loud': { VHOST: 'loud.passed.test', TLS_PASSTHROUGH: 'true', ACCESS_LOG: 'on' },
  '/queue/failing': { MODE: 'tcp', ACCESS_LOG: 'errors', BACKEND_SERVER_OPTIONS: '  server {serverName} 127.0.0.1:1\n' },
};
const ids = Object.keys(LABELS);

async function start(haproxy: string, args: readonly string[], more: ContainerOptions = {}): Promise<Container> {
  const container = await startContainer({
    haproxy,
    args: () => args,
    env: () => ({ HAPROXY_SYSLOGD: 'true' }),
    apps: ({ service }) =>
      Object.entries(LABELS).map(([id, labels], at) =>
        app(
          id,
          service[at] ?? 0,
          Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
          id.startsWith('/queue') ? { env: { SIM_TCP: '1' } } : {},
        ),
      ),
    ...more,
  });
  await container.sim.idle();
  await container.program.eventually(async () => {
    for (const id of ids) {
      if (/^\/(?:queue|passed)/.test(id)) continue;
      expect(await container.get('/', { host: `${id.slice(1)}.test` })).toMatchObject({ app: id });
    }
    expect(await echo(portOf(container, '/queue'), 'x', /x/)).toBe('x');
    expect(await container.configText()).toMatch(/\nbackend queue_failing_\d+\n(?: .*\n)* {2}server /);
  });
  return container;
}

const portOf = ({ ports }: Container, id: string): number => ports.service[ids.indexOf(id)] ?? 0;

/** Opens TLS connections that are passed on to tasks, which speak no TLS. */
async function connectPassed(container: Container): Promise<void> {
  for (const host of ['passed.test', 'quiet.passed.test', 'loud.passed.test'])
    await expect(container.get('/', { host, sni: host })).rejects.toThrow(/wrong version number|EPROTO|ECONNRESET/);
}

/** Sends bytes, and waits for the end of the answer. */
function send(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    socket.resume();
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}

const raw = (line: string, host: string, more = ''): Buffer =>
  Buffer.from(`${line}\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`, 'latin1');

/** Matches a line of text about a GET of a shared frontend. */
const text = (path: string, id: string): RegExp =>
  new RegExp(
    `^127\\.0\\.0\\.\\d:\\d+ \\[[^\\]]+\\] marathon_https?_in~? \\w+/\\S+ [-\\d/]+ \\d+ .* "GET ${path} HTTP/1\\.1" host="\\w+\\.test" app=${id} tls=\\S+$`,
    'm',
  );

type Line = Readonly<Record<string, unknown>>;

/** What may come in the place of letters: what ends texts, lines and words, controls, bytes that are no UTF-8, and what log formats mean. */
const HOSTILE = [
  '"',
  '\\',
  '\\"',
  "'",
  '%[src]',
  '${HOME}',
  '\t',
  '\x01',
  '\x1b[31m',
  '\x7f',
  '\x85',
  '\xff\xfe',
  '\xc3\xa4',
  '\xed\xa0\x80',
  '\xf0\x9f\x92\xa4',
  '\xc3',
  '{"a":1}',
  '</script>',
];

describe.each(haproxies)('%s', (haproxy) => {
  describe('--access-log json', () => {
    let container: Container;
    beforeAll(async () => {
      container = await start(haproxy, ['--access-log', 'json', '--request-id', '--trusted-proxies', '127.1.0.0/16']);
    }, 60_000);
    afterAll(() => container[Symbol.asyncDispose]());

    /** Returns the lines of the log; each must be whole. */
    const lines = (mark = 0): readonly Line[] =>
      container.program
        .text()
        .slice(mark)
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Line);

    const lineOf = (path: string, more: Line = {}): Promise<Line> =>
      container.program.eventually(() => {
        const found = lines().filter(
          (line) => line['path'] === path && Object.entries(more).every(([name, value]) => line[name] === value),
        );
        expect(found).toHaveLength(1);
        return found[0] as Line;
      });

    test('says of a request what there is to say, and not its query', async () => {
      const headers = { 'x-forwarded-for': '198.51.100.7', 'x-request-id': 'id-of-the-proxy' };
      const { text } = await container.get('/a/b?token=secret', { host: 'Shop.test', headers, from: '127.1.0.1' });
      const line = await lineOf('/a/b');
      expect(line).toEqual({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
        client: '198.51.100.7',
        frontend: 'marathon_http_in',
        app: '/shop',
        service: `shop_${portOf(container, '/shop')}`,
        task: expect.stringMatching(new RegExp(`^127_0_0_\\d_${(JSON.parse(text) as { port: number }).port}$`)) as unknown,
        method: 'GET',
        host: 'Shop.test',
        path: '/a/b',
        protocol: 'HTTP/1.1',
        status: 200,
        bytes: expect.any(Number) as unknown,
        times: Object.fromEntries(
          ['request', 'queue', 'connect', 'response', 'total'].map((name) => [name, expect.any(Number) as unknown]),
        ),
        tls: '-',
        cipher: '-',
        state: '----',
        id: 'id-of-the-proxy',
      });
      expect(Date.parse(line['time'] as string)).toBeGreaterThan(Date.now() - 60_000);
      expect(container.program.text()).not.toContain('token=secret');
    });

    test('says which TLS it was, and which way', async () => {
      await container.get('/tls', { host: 'shop.test', sni: 'shop.test' });
      expect(await lineOf('/tls')).toMatchObject({
        frontend: 'marathon_https_in',
        tls: 'TLSv1.3',
        cipher: expect.stringMatching(/^TLS_/) as unknown,
      });
      await container.get('/own', { port: portOf(container, '/shop'), host: 'shop.test' });
      expect((await lineOf('/own'))['frontend']).toMatch(/^shop_\d+(?:_in)?$/);
      // The app is that of the task, whatever a client says.
      await container.get('/by-id', { port: container.ports.appid, headers: { 'x-marathon-app-id': '/nobody, /shop' } });
      expect(await lineOf('/by-id')).toMatchObject({ app: '/shop' });
      await container.get('/nobody', { host: 'nobody.test', headers: { 'x-marathon-app-id': '/shop' } });
      expect(await lineOf('/nobody')).toMatchObject({ app: '-', service: 'marathon_http_in', task: '<NOSRV>', status: 503 });
    });

    test('is JSON, whatever a client sends', { timeout: 60_000 }, async () => {
      const mark = container.program.mark();
      const sent: Buffer[] = HOSTILE.flatMap((part) => [
        raw(`GET /p${part}q HTTP/1.1`, 'shop.test'),
        raw('GET /h HTTP/1.1', `a${part}b`),
        raw('GET /i HTTP/1.1', 'shop.test', `X-Request-ID: ${part}\r\nX-Forwarded-For: ${part}\r\n`),
        raw(`G${part}T /m HTTP/1.1`, 'shop.test'),
        raw(`GET http://x${part}/u HTTP/1.1`, 'shop.test'),
        raw(`GET /v HTTP/1.${part}`, 'shop.test'),
      ]);
      sent.push(
        raw(`GET /${'"'.repeat(8000)} HTTP/1.1`, '\xc3\xa4'.repeat(3000)),
        raw(`GET /${'\\'.repeat(1500)} HTTP/1.1`, '\x01'.repeat(300)),
      );
      for (const [at, bytes] of sent.entries()) {
        await send(container.ports.http, bytes);
        // HAProxy drops lines that nobody reads in time.
        await container.program.eventually(() => expect(lines(mark).length).toBe(at + 1));
      }
      await container.get('/after-all', { host: 'shop.test' });
      await lineOf('/after-all');
      expect(lines(mark).length).toBe(sent.length + 1);
      for (const line of lines(mark)) expect(Object.keys(line)).toHaveLength(17);
    });

    test('has no line more than labels say', async () => {
      for (const host of ['quiet.test', 'failing.test', 'loud.test']) await container.get('/good', { host });
      await container.get('/denied', { host: 'failing.test', from: '127.0.0.9' });
      await container.get('/denied', { host: 'quiet.test', from: '127.0.0.9' });
      await container.get('/sim/status?code=500', { host: 'failing.test' });
      await container.get('/bad', { host: 'failing.test' });
      await container.get('/sim/status?code=200', { host: 'failing.test' });
      expect(await lineOf('/denied')).toMatchObject({ app: '/failing', status: 403, task: '<NOSRV>' });
      expect(await lineOf('/bad')).toMatchObject({ app: '/failing', status: 500 });
      expect(await lineOf('/good')).toMatchObject({ app: '/loud', status: 200 });
      expect(lines().filter((line) => line['app'] === '/quiet')).toEqual([]);
      expect(lines().filter((line) => line['app'] === '/failing' && (line['status'] as number) < 400)).toEqual([]);
    });

    test('has a line for each connection of mode tcp that labels want', async () => {
      for (const id of ['/queue', '/queue/quiet', '/queue/loud'])
        expect(await echo(portOf(container, id), 'abc', /abc/)).toBe('abc');
      await echo(portOf(container, '/queue/failing'), 'abc', /abc/).catch(() => {});
      const appsOf = (): ReadonlySet<unknown> =>
        new Set(lines().flatMap((line) => (line['path'] === undefined ? line['app'] : [])));
      await connectPassed(container);
      await container.program.eventually(() =>
        expect(appsOf()).toEqual(new Set(['/queue', '/queue/loud', '/queue/failing', '/passed', '/passed/loud'])),
      );
      const line = lines().find((each) => each['app'] === '/queue' && each['bytes'] === 3);
      expect(line).toMatchObject({ client: '127.0.0.1', times: { connect: expect.any(Number) as unknown }, state: '--' });
      expect(lines().find((each) => each['app'] === '/passed')).toMatchObject({
        frontend: 'marathon_tls_in',
        client: '127.0.0.1',
      });
      // What is terminated has its line from the frontend that sees its requests.
      expect(lines().filter((each) => each['service'] === 'marathon_tls_terminate')).toEqual([]);
    });
  });

  test('--access-log off: only services that ask for it are logged, as text', { timeout: 60_000 }, async () => {
    await using container = await start(haproxy, []);
    const { program, ports } = container;
    for (const host of ['shop.test', 'quiet.test', 'loud.test', 'failing.test', 'nobody.test'])
      await container.get('/one?token=secret', { host });
    await container.get('/denied', { host: 'failing.test', from: '127.0.0.9' });
    await send(ports.http, raw('GET /odd HTTP/1.1', 'shop.test"\x1b[31m'));
    await connectPassed(container);
    await container.get('/last', { host: 'loud.test', sni: 'loud.test' });
    await program.until(text('/last', '/loud'));
    await program.until(text('/one', '/loud'));
    await program.until(text('/denied', '/failing'));
    // What reached the program before the label did is of the time before.
    const logged = program
      .text()
      .split('\n')
      .filter((line) => /"GET /.test(line));
    expect(logged.filter((line) => !/ app=\/(?:loud|failing) /.test(line))).toEqual([]);
    expect(logged.filter((line) => / app=\/failing /.test(line) && / 200 /.test(line))).toEqual([]);
    const passed = program.text().match(/^127[.].* marathon_tls_in .*$/gm) ?? [];
    expect(passed.filter((line) => !line.includes(' app=/passed/loud '))).toEqual([]);
    expect(passed).not.toEqual([]);
    expect(program.text()).not.toContain('secret');
  });

  test('--access-log http: a text that a client cannot make look like another', { timeout: 60_000 }, async () => {
    await using container = await start(haproxy, ['--access-log', 'http', '--request-id']);
    const { program, ports } = container;
    for (const part of HOSTILE) {
      await send(ports.http, raw(`GET /p${part}" 1" HTTP/1.1`, 'shop.test'));
      await send(ports.http, raw('GET /h HTTP/1.1', `a" app=/evil ${part}`));
    }
    await container.get('/last?token=secret', { host: 'shop.test' });
    await program.until(/"GET \/last HTTP\/1\.1" host="shop\.test" app=\/shop tls=-\/- id=[0-9a-f-]{36}$/m);
    const logged = program
      .text()
      .split('\n')
      .filter((line) => /^127[.].* app=\S+ tls=/.test(line));
    for (const line of logged)
      expect(line).toMatch(
        /^[ -~]* "\S+ \S+ \S+" host="[^"]*" app=(?:-|\/shop|\/loud|\/quiet|\/failing) tls=\S+ id=\S+$|^[ -~]* app=\/(?:queue|passed)[\w/]* tls=\S+$/,
      );
    expect(logged.filter((line) => line.includes(' app=/queue '))).not.toEqual([]);
    expect(program.text()).not.toContain('secret');
  });
});
