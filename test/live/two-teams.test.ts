import { readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { statsSocketFor } from '../../src/config/places/runtime-folder.ts';
import { app, healthCheck } from '../support/marathon/apps.ts';
import { attacker, attacksOn } from '../support/marathon/attacks.ts';
import { MATRIX } from '../support/haproxy/haproxies.ts';
import { reservePorts } from '../support/network/port-block.ts';
import type { Answer, RequestOptions } from '../support/network/request.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

// Hash of "secret" by crypt, SHA-512.
const HASH = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';
const LOGIN = { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` };
const CANARY = 'canary chirps-in-the-mine\n';

const HAPROXY = [MATRIX.haproxy['2.6'] ?? '', MATRIX.haproxy['3.4'] ?? ''];
const WAYS = ['', '--group-https-by-vhost'];

test.each(HAPROXY.flatMap((haproxy) => WAYS.map((way) => [haproxy, way] as const)))(
  'a team that tries everything at once takes nothing from another, with %s %s',
  { timeout: 120_000 },
  async (haproxy, way) => {
    await using evil = await reservePorts();
    await using stack = await startStack({
      haproxy,
      // Two thousand sections of the hosts of one app: HAProxy needs a while to start on a busy machine.
      args: () => ['--reload-interval', '10', ...way.split(' ').filter(Boolean)],
      apps: victims,
      sim: { speed: 20, delays: { stop: 5000 } },
    });
    const { ports, folder, daemon } = stack;
    const canary = join(folder, 'canary');
    await writeFile(canary, CANARY);
    const socket = statsSocketFor(stack.config, join(folder, 'run'));
    await stack.sim.idle();
    await stack.eventually(() => Promise.all(WAYS_IN.map(async (each) => expect(await faultOf(each, stack)).toBeUndefined())));

    const load = startLoad(stack);
    const attacks = attacksOn({
      canary,
      socket,
      http: ports.http,
      stats: ports.stats,
      victimPort: ports.service[0] ?? 0,
    });
    const apps: object[] = [app('/evil/fine', await evil.next(), { HAPROXY_0_VHOST: 'fine.test' })];
    for (const attack of attacks) apps.push(attacker(attack, await evil.next()));
    await Promise.all(apps.map((each) => stack.create(each)));
    await stack.eventually(async () => expect(await stack.get('/', { host: 'fine.test' })).toMatchObject({ app: '/evil/fine' }));
    await load.more(200);

    // What the victim does meanwhile: a new app, and a new version of one that others lie in wait for.
    for (const [at, name] of ['first', 'second', 'third'].entries()) await newApp(name, 20 + at, stack);
    const old = stack.sim.tasks('/victim/web').map(({ id }) => id);
    await stack.change('/victim/web', { env: { VERSION: '2' } });
    await stack.eventually(() => {
      const ids = stack.sim.tasks('/victim/web').map(({ id }) => id);
      expect(ids.filter((id) => old.includes(id))).toEqual([]);
      expect(ids).toHaveLength(1);
    });
    await load.more(200);
    // Each costs HAProxy what a login costs.
    const headers = { authorization: `Basic ${Buffer.from('u:x').toString('base64')}` };
    await Promise.all(Array.from({ length: 6 }, () => stack.get('/', { host: 'costly-hash.evil.test', headers })));
    const stolen = await stack.get('/x', { host: 'map-file.evil.test' });
    await stack.eventually(async () => {
      expect(JSON.parse((await stack.get('/_mlb/ready', { port: ports.stats })).text)).toMatchObject({ ready: true });
    });

    const { requests, faults } = await load.stop();
    expect([...faults]).toEqual([]);
    expect(requests).toBeGreaterThan(400);

    expect((await stat(canary)).isFile()).toBe(true);
    expect(await readFile(canary, 'utf8')).toBe(CANARY);
    const shown = await stack.get('/_haproxy_getconfig', { port: ports.stats });
    for (const text of [daemon.text(), stolen.text, shown.text]) expect(text).not.toContain('chirps');
    expect(await stack.get('/chirps-in-the-mine', { host: 'hex-file-path.evil.test' })).toMatchObject({ status: 503 });
    expect(await say(socket, 'show info\n')).toMatch(/^Name: HAProxy\n/);

    const lines = daemon.text().split('\n');
    const untold = attacks.filter(({ name, told }) => {
      const own = lines.filter((line) => line.includes(`app /evil/${name}: `));
      return told !== undefined && own.filter((line) => told.test(line) && !/no longer|now: /.test(line)).length !== 1;
    });
    expect(untold.map(({ name }) => name)).toEqual([]);
    expect(daemon.text().length).toBeLessThan(100_000);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(2000);
  },
);

function victims({ service }: Stack['ports']): object[] {
  const [web = 0, api = 0, login = 0, tcp = 0, group = 0] = service;
  const blue = {
    HAPROXY_DEPLOYMENT_GROUP: 'shop',
    HAPROXY_DEPLOYMENT_COLOUR: 'blue',
    HAPROXY_DEPLOYMENT_STARTED_AT: '2026-01-01T00:00:00Z',
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '1',
  };
  return [
    app('/victim/web', web, { HAPROXY_0_VHOST: 'shop.test' }, { healthChecks: [healthCheck] }),
    app('/victim/api', api, { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_PATH: '/api' }),
    app('/victim/login', login, { HAPROXY_0_VHOST: 'login.test', HAPROXY_0_AUTH: `realm:ann:${HASH}` }),
    app('/victim/tcp', tcp, { HAPROXY_0_MODE: 'tcp' }, { env: { SIM_TCP: '1' } }),
    app('/shop-blue', group, { ...blue, HAPROXY_0_VHOST: 'group.test' }),
  ];
}

/** A way in which clients of the victim come. */
interface Way {
  readonly name: string;
  readonly path?: string;
  readonly request?: (ports: Stack['ports']) => Partial<RequestOptions>;
  /** Which app is to answer; undefined: an echo. */
  readonly app?: string;
  readonly status?: number;
}

const WAYS_IN: readonly Way[] = [
  { name: 'host', request: () => ({ host: 'shop.test' }), app: '/victim/web' },
  { name: 'TLS', request: () => ({ sni: 'shop.test' }), app: '/victim/web' },
  { name: 'path', path: '/api/x', request: () => ({ host: 'shop.test' }), app: '/victim/api' },
  { name: 'path over TLS', path: '/api/x', request: () => ({ sni: 'shop.test' }), app: '/victim/api' },
  { name: 'own port', request: ({ service }) => ({ port: service[0] ?? 0 }), app: '/victim/web' },
  {
    name: 'app id',
    request: ({ appid }) => ({ port: appid, headers: { 'X-Marathon-App-Id': '/victim/web' } }),
    app: '/victim/web',
  },
  { name: 'login', request: () => ({ host: 'login.test', headers: LOGIN }), app: '/victim/login' },
  { name: 'no login', request: () => ({ host: 'login.test' }), status: 401 },
  { name: 'login over TLS', request: () => ({ sni: 'login.test', headers: LOGIN }), app: '/victim/login' },
  { name: 'group', request: () => ({ host: 'group.test' }), app: '/shop-blue' },
  { name: 'TCP' },
];

/** Asks once; returns what is wrong with the answer. */
async function faultOf({ path = '/', request, app: id, status = 200 }: Way, stack: Stack): Promise<string | undefined> {
  try {
    if (request === undefined) {
      const echo = await say(stack.ports.service[3] ?? 0, 'not HTTP\n', 9);
      return echo === 'not HTTP\n' ? undefined : `echo ${JSON.stringify(echo)}`;
    }
    const answer: Answer = await stack.get(path, request(stack.ports));
    return answer.status === status && answer.app === id ? undefined : `status ${answer.status} of ${answer.app ?? 'HAProxy'}`;
  } catch (error) {
    return String(error);
  }
}

/** Clients of the victim on every way, each on a connection of its own for every request. */
function startLoad(stack: Stack) {
  const faults = new Map<string, number>();
  let requests = 0;
  const over = new AbortController();
  const clients = WAYS_IN.map(async (way) => {
    while (!over.signal.aborted) {
      const fault = await faultOf(way, stack);
      requests += 1;
      if (fault !== undefined) faults.set(`${way.name}: ${fault}`, (faults.get(`${way.name}: ${fault}`) ?? 0) + 1);
      await sleep(25);
    }
  });
  return {
    /** Waits for so many more requests. */
    async more(count: number) {
      const before = requests;
      await vi.waitFor(() => expect(requests - before).toBeGreaterThanOrEqual(count), { timeout: 30_000 });
    },
    async stop() {
      over.abort();
      await Promise.all(clients);
      return { requests, faults };
    },
  };
}

/** Makes an app of the victim; returns the milliseconds from the start of its task to its first answer. */
async function newApp(name: string, at: number, stack: Stack): Promise<void> {
  await stack.marathon(
    'POST',
    '/v2/apps',
    app(`/victim/${name}`, stack.ports.service[at] ?? 0, { HAPROXY_0_VHOST: `${name}.test` }),
  );
  await stack.eventually(() => expect(stack.sim.tasks(`/victim/${name}`)).toHaveLength(1));
  await stack.eventually(async () => {
    expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ app: `/victim/${name}` });
  });
}

/** Sends a text to a port or a socket's path; returns the answer, up to `enough` characters or to its end. */
function say(to: number | string, text: string, enough = Infinity): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
    socket.once('connect', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
      if (got.length >= enough) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(got));
  });
}
