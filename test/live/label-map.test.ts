/** Labels whose values HAProxy looks up in a map: they change without a reload, and outlive the program and HAProxy's process. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { startLoad } from '../support/network/load.ts';
import { startProgram } from '../support/program/program.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

const OLDEST = HAPROXIES[0] ?? '';
const NEWEST = HAPROXIES.at(-1) ?? '';
const WAYS = [OLDEST, NEWEST].flatMap((haproxy) => [[[haproxy] as const], [[haproxy, '--haproxy-map'] as const]] as const);

const mapOf = ({ config }: Stack): Promise<string> => readFile(join(dirname(config), 'labels.map'), 'utf8');

/** Waits until the files have the tasks of an app, as nothing changes any more: what a killed program knew is there. */
async function settled(stack: Stack, id: string): Promise<void> {
  await stack.sim.idle();
  await stack.eventually(async () => {
    const backend = new RegExp(`^backend ${id.slice(1)}_\\d+\\n([^]*?)(?:\\n\\n|$(?![^]))`, 'm');
    const [, lines = ''] = backend.exec(await stack.configText()) ?? [];
    const ports = Array.from(lines.matchAll(/^ {2}server \S+ \S+:(\d+) /gm), ([, port]) => Number(port));
    expect(new Set(ports)).toEqual(new Set(stack.sim.tasks(id).flatMap((task) => task.ports)));
  });
}

const labels = (maintenance: string) => ({
  HAPROXY_GROUP: 'external',
  HAPROXY_0_VHOST: 'shop.test',
  HAPROXY_0_MAINTENANCE: maintenance,
});

const down = (text: string) => ({ status: 503, text });

test.each(WAYS)('MAINTENANCE is switched without a reload, with %j', { timeout: 90_000 }, async ([haproxy, ...options]) => {
  await using stack = await startStack({
    haproxy,
    apps: ({ service }) => [
      app('/shop', service[0] ?? 0, labels('false')),
      app('/other', service[1] ?? 0, { HAPROXY_0_VHOST: 'other.test' }),
    ],
    args: () => options,
  });
  await stack.expectServed('/shop');
  await stack.expectServed('/other');
  await stack.daemon.until(/ connected\b.*: /);
  const shop = async (port = stack.ports.http) => {
    const { status, text, app: by } = await stack.get('/', { host: 'shop.test', port });
    return by === undefined ? { status, text } : { status, by };
  };
  const up = { status: 200, by: '/shop' };
  const switched = async (value: string, answer: object, program = stack.daemon) => {
    const mark = program.mark();
    await stack.change('/shop', { labels: labels(value) }, { force: true });
    await program.eventually(async () => expect(await shop()).toEqual(answer));
    expect(await shop(stack.ports.service[0])).toEqual(answer);
    expect(program.text().slice(mark)).not.toContain('HAProxy reloaded');
  };
  const load = startLoad({ port: stack.ports.http, hosts: ['other.test'], pairs: 1, pause: 5, isRetried: true });

  await switched('Läuft "gleich", 50 % fertig \\ %[src] ${HOME}', down('Läuft "gleich", 50 % fertig \\ %[src] ${HOME}'));
  await switched('true', down('This service is under maintenance. Please try again later.'));
  await switched('false', up);
  // As long as it may be.
  const long = '💤'.repeat(1000);
  await switched(long, down(long));
  await stack.eventually(async () => expect(await mapOf(stack)).toContain('%F0%9F%92%A4'));

  // A reload reads the file.
  const mark = stack.daemon.mark();
  stack.daemon.kill('SIGUSR1');
  await stack.daemon.until(/HAProxy reloaded/, mark);
  expect(await shop()).toEqual(down(long));

  await settled(stack, '/shop');
  // The next program finds what the killed one left, and goes on without a reload.
  stack.daemon.kill('SIGKILL');
  await stack.daemon.ended;
  expect(await shop()).toEqual(down(long));
  await using next = startProgram([...stack.args, '--sse'], { cwd: stack.folder });
  await next.until(/ connected\b.*: /);
  await switched('false', up, next);
  expect(next.text()).not.toContain('HAProxy reloaded');
  expect((await load.stop()).failures).toEqual(new Map());
});

const limits = (timeout: string, rate: string, path: string) => ({
  HAPROXY_GROUP: 'external',
  HAPROXY_0_MODE: 'http',
  HAPROXY_0_VHOST: 'shop.test',
  HAPROXY_0_TIMEOUT_SERVER: timeout,
  HAPROXY_0_RATE_LIMIT: rate,
  HAPROXY_0_CHECK_PATH: path,
  HAPROXY_0_CHECK_INTERVAL: '100ms',
  HAPROXY_0_CHECK_FALL: '1',
  HAPROXY_0_CHECK_RISE: '1',
});

test.each(HAPROXIES)(
  'the server timeout, the rate and the path of checks change without a reload, with %s',
  { timeout: 90_000 },
  async (haproxy) => {
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [
        app('/shop', service[0] ?? 0, limits('10s', '100000/1h', '/health?a=1+2'), { env: { SIM_404: '/gone' } }),
      ],
    });
    await stack.expectServed('/shop');
    await stack.daemon.until(/ connected\b.*: /);
    await stack.sim.idle();
    const mark = stack.daemon.mark();
    const status = async (path = '/', from = '127.0.0.1') => (await stack.get(path, { host: 'shop.test', from })).status;
    const change = (...values: Parameters<typeof limits>) =>
      stack.change('/shop', { labels: limits(...values) }, { force: true });

    expect(await status('/sleep?ms=600')).toBe(200);
    await change('200ms', '100000/1h', '/health?a=1+2');
    await stack.eventually(async () => expect(await status('/sleep?ms=600')).toBe(504));
    expect(await status()).toBe(200);

    await change('10s', '3/1h', '/health?a=1+2');
    await stack.eventually(async () => expect(await status()).toBe(429));
    // Another client has its own count.
    expect(await status('/sleep?ms=600', '127.0.0.9')).toBe(200);

    await change('10s', '100000/1h', '/gone');
    await stack.sim.idle();
    await stack.eventually(async () => expect(await status()).toBe(503));
    expect(stack.sim.tasks('/shop')).toHaveLength(1);
    await change('10s', '100000/1h', '/health');
    await stack.eventually(async () => expect(await status()).toBe(200));
    expect(stack.daemon.text().slice(mark)).not.toContain('HAProxy reloaded');
    await stack.eventually(async () => expect(await mapOf(stack)).toMatch(/^check-path:shop_\d+ %2Fhealth\n/m));
  },
);

const canary = (main: string, weight: number, more: Readonly<Record<string, string>> = {}) => ({
  HAPROXY_GROUP: 'external',
  HAPROXY_0_MODE: 'http',
  HAPROXY_0_CANARY_OF: main,
  HAPROXY_0_CANARY_WEIGHT: String(weight),
  ...more,
});

const MATCH = { HAPROXY_0_CANARY_MATCH: 'header X-Canary 1; cookie beta 1' };
const DEAD = { HAPROXY_0_BACKEND_SERVER_OPTIONS: '  server {serverName} 127.0.0.1:1 check inter 100ms fall 1\n' };

test.each(WAYS)(
  'a canary gets its share, which changes without a reload, with %j',
  { timeout: 120_000 },
  async ([haproxy, ...options]) => {
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [
        app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test,www.shop.test', HAPROXY_0_MAINTENANCE: 'false' }),
        app('/shop-canary', service[1] ?? 0, canary('/shop:0', 0, MATCH)),
        app('/lone', service[2] ?? 0, { HAPROXY_0_VHOST: 'lone.test' }),
        app('/lone-dead', service[3] ?? 0, canary('/lone', 100, DEAD)),
        app('/foreign', service[4] ?? 0, canary('/shop', 100)),
      ],
      args: () => options,
    });
    const { ports, daemon } = stack;
    const whoGets = async (request: Partial<Parameters<Stack['get']>[1]> = {}) =>
      (await stack.get('/', { host: 'shop.test', ...request })).app;
    const shareOf = async (request: Partial<Parameters<Stack['get']>[1]> = {}) => {
      const answers = await Promise.all(Array.from({ length: 200 }, () => whoGets(request)));
      expect(answers.filter((by) => by !== '/shop' && by !== '/shop-canary')).toEqual([]);
      return answers.filter((by) => by === '/shop-canary').length;
    };
    await stack.expectServed('/shop');
    await daemon.until(/ connected\b.*: /);
    await stack.eventually(async () => expect(await whoGets({ headers: { 'x-canary': '1' } })).toBe('/shop-canary'));
    expect(await whoGets({ headers: { cookie: 'a=1; beta=1' } })).toBe('/shop-canary');
    expect(await whoGets({ headers: { 'x-canary': '2', cookie: 'beta=0' } })).toBe('/shop');
    expect(await shareOf()).toBe(0);
    const load = startLoad({ port: ports.http, hosts: ['shop.test', 'www.shop.test'], pairs: 1, pause: 5 });

    const weigh = async (weight: number, check: (share: number) => void, program = daemon) => {
      const mark = program.mark();
      await stack.change('/shop-canary', { labels: canary('/shop:0', weight, MATCH) }, { force: true });
      await program.eventually(async () => check(await shareOf()));
      expect(program.text().slice(mark)).not.toContain('HAProxy reloaded');
    };
    // So far from 60 it is once in a million times.
    await weigh(30, (share) => expect(Math.abs(share - 60)).toBeLessThan(33));
    const everywhere: Partial<Parameters<Stack['get']>[1]>[] = [
      { port: ports.service[0] ?? 0 },
      { sni: 'shop.test' },
      { host: 'www.shop.test' },
    ];
    for (const request of everywhere) expect(Math.abs((await shareOf(request)) - 60)).toBeLessThan(33);
    await weigh(100, (share) => expect(share).toBe(200));
    expect(await whoGets({ port: ports.appid, headers: { 'x-marathon-app-id': '/shop' } })).toBe('/shop');
    await weigh(0, (share) => expect(share).toBe(0));
    await weigh(100, (share) => expect(share).toBe(200));
    expect((await load.stop()).failures).toEqual(new Map());

    // All of it is for a canary none of whose servers lives.
    await stack.eventually(() => expect(daemon.text()).toContain('HAPROXY_0_CANARY_OF names an app of another folder'));
    await stack.expectServed('/lone');

    await settled(stack, '/shop-canary');
    daemon.kill('SIGKILL');
    await daemon.ended;
    expect(await shareOf()).toBe(200);
    await using next = startProgram([...stack.args, '--sse'], { cwd: stack.folder });
    await next.until(/ connected\b.*: /);

    // Maintenance is for the shares, not for those who look at the new version.
    await stack.change(
      '/shop',
      { labels: { ...labels('Back soon'), HAPROXY_0_VHOST: 'shop.test,www.shop.test' } },
      { force: true },
    );
    await next.eventually(async () =>
      expect(await stack.get('/', { host: 'shop.test' })).toMatchObject({ status: 503, text: 'Back soon' }),
    );
    expect(await whoGets({ headers: { 'x-canary': '1' } })).toBe('/shop-canary');
    await stack.change('/shop', { labels: { ...labels('no'), HAPROXY_0_VHOST: 'shop.test,www.shop.test' } }, { force: true });
    await next.eventually(async () => expect(await shareOf()).toBe(200));
    await weigh(0, (share) => expect(share).toBe(0), next);
    expect(next.text()).not.toContain('HAProxy reloaded');
  },
);

test.each([OLDEST, NEWEST])('a client stays at its side, with %s', { timeout: 90_000 }, async (haproxy) => {
  await using stack = await startStack({
    haproxy,
    apps: ({ service }) => [
      app('/cookie', service[0] ?? 0, { HAPROXY_0_VHOST: 'cookie.test', HAPROXY_0_STICKY: 'true' }, { instances: 2 }),
      app('/cookie-next', service[1] ?? 0, canary('/cookie', 50, MATCH), { instances: 2 }),
      app('/source', service[2] ?? 0, { HAPROXY_0_VHOST: 'source.test', HAPROXY_0_STICKY_BY: 'source' }),
      app('/source-next', service[3] ?? 0, canary('/source', 50)),
      app('/header', service[4] ?? 0, { HAPROXY_0_VHOST: 'header.test', HAPROXY_0_STICKY_BY: 'header X-User' }),
      app('/header-next', service[5] ?? 0, canary('/header', 50)),
    ],
  });
  const { daemon } = stack;
  await daemon.until(/ connected\b.*: /);
  await stack.sim.idle();
  const askAs = async (cookies: Map<string, string>, headers: Readonly<Record<string, string>> = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await stack.get('/', { host: 'cookie.test', headers: { ...headers, cookie } });
    for (const text of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      cookies.set(name, value);
    }
    return answer.app ?? '';
  };
  const clients = Array.from({ length: 30 }, () => new Map<string, string>());
  const sidesOf = (): Promise<string[]> => Promise.all(clients.map((cookies) => askAs(cookies)));
  await stack.eventually(async () => expect(new Set(await sidesOf())).toEqual(new Set(['/cookie', '/cookie-next'])));
  const first = await sidesOf();
  for (let turn = 0; turn < 5; turn += 1) expect(await sidesOf()).toEqual(first);
  // Who looks once is not kept there.
  const visitor = clients[first.indexOf('/cookie')] as Map<string, string>;
  expect(await askAs(visitor, { 'x-canary': '1' })).toBe('/cookie-next');
  expect(await askAs(visitor)).toBe('/cookie');

  const weigh = async (weight: number, sides: readonly string[]) => {
    await stack.change('/cookie-next', { labels: canary('/cookie', weight, MATCH) }, { force: true });
    await stack.eventually(async () => expect(await sidesOf()).toEqual(sides));
  };
  // A smaller share is for those who come: nobody is moved.
  await weigh(1, first);
  await weigh(
    0,
    first.map(() => '/cookie'),
  );
  await weigh(
    100,
    first.map(() => '/cookie-next'),
  );

  const asked = async (host: string, client: (at: number) => { from?: string; headers?: Record<string, string> }) => {
    const side = async (at: number) => (await stack.get('/', { host, ...client(at) })).app;
    return Promise.all(Array.from({ length: 40 }, (_, at) => side(at)));
  };
  for (const [host, client] of [
    ['source.test', (at: number) => ({ from: `127.0.1.${at + 1}` })],
    ['header.test', (at: number) => ({ headers: { 'x-user': `user-${at}` } })],
  ] as const) {
    const sides = await asked(host, client);
    expect(new Set(sides).size).toBe(2);
    expect(await asked(host, client)).toEqual(sides);
  }
});
