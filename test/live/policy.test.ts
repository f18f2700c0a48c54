/** What docs/guide/many-teams.md says that a team can reach: all of it without a policy, nothing of it with one. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { statsSocketFor } from '../../src/config/places/runtime-folder.ts';
import { app } from '../support/marathon/apps.ts';
import { MATRIX } from '../support/haproxy/haproxies.ts';
import type { Answer, RequestOptions } from '../support/network/request.ts';
import { startStack, type Ports, type Stack } from '../support/program/stack.ts';

// Hash of "secret" by crypt, SHA-512.
const HASH = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';
const CANARY = 'canary chirps-in-the-mine\n';

interface Targets {
  readonly ports: Ports;
  readonly canary: string;
  readonly runtime: string;
  readonly admin: string;
}

/** What the other team tries: an app, and a request that shows whether it got there. */
interface Deed {
  readonly name: string;
  /** Labels of service 0, without `HAPROXY_0_`. */
  readonly own: (targets: Targets) => Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly path?: string;
  /** Left out: to its own port. */
  readonly request?: (ports: Ports) => Partial<RequestOptions>;
  readonly got: (answer: Answer, name: string) => boolean;
  /** It is held even without a policy. */
  readonly isHeld?: true;
}

const isMine = ({ app: id }: Answer, name: string): boolean => id === `/evil/${name}`;

/** The service ports: the first are the victim's. */
const [WEB, API, LOGIN, WEIGHT, PLAIN] = [0, 1, 2, 3, 4];
const FIRST_OF_EVIL = 10;

const RAW: readonly Deed[] = [
  {
    name: 'file',
    own: ({ canary }) => ({
      FRONTEND_BACKEND_GLUE: `  http-request return status 200 content-type text/plain file ${canary}\n  use_backend {backend}\n`,
      MODE: 'http',
    }),
    got: ({ text }) => text.includes('chirps'),
  },
  {
    name: 'environment',
    own: () => ({ BACKEND_HTTP_OPTIONS: '  http-response set-header X-Env %[env(PATH)]\n', MODE: 'http' }),
    got: ({ headers }) => String(headers['x-env'] ?? '').includes('/'),
  },
  {
    name: 'around-auth',
    own: ({ ports }) => ({ FRONTEND_BACKEND_GLUE: `  use_backend victim_login_${ports.service[LOGIN]}\n`, MODE: 'http' }),
    got: ({ app: id }) => id === '/victim/login',
  },
  {
    name: 'host',
    own: () => ({ VHOST: 'host.evil.test', HTTP_FRONTEND_ACL: '  use_backend {backend} if {{ hdr(host) -m beg plain }}\n' }),
    request: () => ({ host: 'plain.test' }),
    got: isMine,
  },
  {
    name: 'path',
    own: () => ({
      VHOST: 'path.evil.test',
      BACKEND_WEIGHT: '9',
      HTTP_FRONTEND_ACL: '  use_backend {backend} if {{ hdr(host) -m beg shop }} {{ path_beg /api }}\n',
    }),
    path: '/api/x',
    request: () => ({ host: 'shop.test' }),
    got: isMine,
  },
  {
    name: 'header-route',
    own: () => ({
      MODE: 'http',
      HTTP_FRONTEND_APPID_ACL: '  use_backend {backend} if {{ hdr(x-marathon-app-id) -i /victim/web }}\n',
    }),
    request: ({ appid }) => ({ port: appid, headers: { 'X-Marathon-App-Id': '/victim/web' } }),
    got: isMine,
  },
  {
    name: 'statistics',
    own: () => ({ BACKEND_HTTP_OPTIONS: '  stats enable\n  stats uri /s\n', MODE: 'http' }),
    path: '/s',
    got: ({ text }) => text.includes('victim_web_'),
  },
  {
    name: 'elsewhere',
    own: ({ ports }) => ({ BACKEND_SERVER_OPTIONS: `  server x 127.0.0.1:${ports.stats}\n`, MODE: 'http' }),
    path: '/haproxy?stats',
    got: ({ text }) => text.includes('victim_web_'),
  },
  {
    name: 'admin-endpoints',
    own: ({ admin }) => ({ BACKEND_SERVER_OPTIONS: `  server x unix@${admin}\n`, MODE: 'http' }),
    path: '/_mlb/ready',
    got: ({ text }) => text.includes('"ready"'),
    isHeld: true,
  },
  {
    name: 'runtime-socket',
    own: ({ runtime }) => ({ BACKEND_SERVER_OPTIONS: `  server x unix@${runtime}\n`, MODE: 'tcp' }),
    got: ({ text }) => /Unknown command|show/.test(text),
    isHeld: true,
  },
  {
    name: 'configuration',
    own: () => ({ FRONTEND_BACKEND_GLUE: '  http-request use-service lua.getconfig\n  use_backend {backend}\n', MODE: 'http' }),
    got: ({ text }) => text.includes('victim_web_'),
    isHeld: true,
  },
];

/** With labels that are no raw templates. */
const TYPED: readonly Deed[] = [
  {
    name: 'host-by-weight',
    own: () => ({ VHOST: 'weight.test', BACKEND_WEIGHT: '999999' }),
    request: () => ({ host: 'weight.test' }),
    got: isMine,
  },
  { name: 'free-host', own: () => ({ VHOST: 'new.victim.test' }), request: () => ({ host: 'new.victim.test' }), got: isMine },
  {
    name: 'host-over-tls',
    own: () => ({ VHOST: 'tls.victim.test' }),
    request: () => ({ sni: 'tls.victim.test' }),
    got: isMine,
  },
  {
    name: 'redirected-host',
    own: () => ({ VHOST: 'redirected-host.evil.test', REDIRECT_FROM: 'old.victim.test' }),
    request: () => ({ host: 'old.victim.test' }),
    got: ({ headers }) => String(headers.location).includes('redirected-host.evil.test'),
  },
  {
    name: 'path-of-host',
    own: () => ({ VHOST: 'shop.test', PATH: '/free' }),
    path: '/free/x',
    request: () => ({ host: 'shop.test' }),
    got: isMine,
  },
  {
    name: 'free-port',
    own: ({ ports }) => ({ PORT: String(ports.service[FIRST_OF_EVIL - 1]), MODE: 'http' }),
    request: ({ service }) => ({ port: service[FIRST_OF_EVIL - 1] ?? 0 }),
    got: isMine,
  },
  {
    name: 'port-by-address',
    own: ({ ports }) => ({ BIND_ADDR: `127.0.0.1:${ports.service[FIRST_OF_EVIL - 2]},*`, MODE: 'http' }),
    request: ({ service }) => ({ port: service[FIRST_OF_EVIL - 2] ?? 0 }),
    got: isMine,
  },
  {
    name: 'name-of-app',
    own: () => ({ MODE: 'http' }),
    labels: { HAPROXY_DEPLOYMENT_GROUP: 'victim/new' },
    request: ({ appid }) => ({ port: appid, headers: { 'X-Marathon-App-Id': '/victim/new' } }),
    got: isMine,
  },
  {
    name: 'port-of-others',
    own: ({ ports }) => ({ PORT: String(ports.service[WEB]), MODE: 'http' }),
    request: ({ service }) => ({ port: service[WEB] ?? 0 }),
    got: isMine,
    isHeld: true,
  },
  {
    name: 'path-of-others',
    own: () => ({ VHOST: 'shop.test', PATH: '/api' }),
    path: '/api/x',
    request: () => ({ host: 'shop.test' }),
    got: isMine,
    isHeld: true,
  },
  {
    name: 'group-of-others',
    own: () => ({ MODE: 'http' }),
    labels: { HAPROXY_DEPLOYMENT_GROUP: 'victim/web' },
    request: ({ appid }) => ({ port: appid, headers: { 'X-Marathon-App-Id': '/victim/web' } }),
    got: isMine,
    isHeld: true,
  },
];

const DEEDS: readonly Deed[] = [...RAW, ...TYPED];

const victims = ({ service }: Ports): object[] => [
  app('/victim/web', service[WEB] ?? 0, { HAPROXY_0_VHOST: 'shop.test' }),
  app('/victim/api', service[API] ?? 0, { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_PATH: '/api' }),
  app('/victim/login', service[LOGIN] ?? 0, { HAPROXY_0_VHOST: 'login.test', HAPROXY_0_AUTH: `realm:ann:${HASH}` }),
  app('/victim/plain', service[PLAIN] ?? 0, { HAPROXY_0_VHOST: 'plain.test' }),
  app('/victim/weight', service[WEIGHT] ?? 0, { HAPROXY_0_VHOST: 'weight.test' }),
];

/** The ways to the victim, each as its own clients use it. */
async function expectVictimsServed(stack: Stack): Promise<void> {
  const port = stack.ports.service[WEB] ?? 0;
  const route = { port: stack.ports.appid, headers: { 'X-Marathon-App-Id': '/victim/web' } };
  expect(await stack.get('/', { host: 'shop.test' })).toMatchObject({ app: '/victim/web' });
  expect(await stack.get('/free/x', { host: 'shop.test' })).toMatchObject({ app: '/victim/web' });
  expect(await stack.get('/', { sni: 'shop.test' })).toMatchObject({ app: '/victim/web' });
  expect(await stack.get('/api/x', { host: 'shop.test' })).toMatchObject({ app: '/victim/api' });
  expect(await stack.get('/', { host: 'login.test' })).toMatchObject({ status: 401 });
  expect(await stack.get('/', { host: 'plain.test' })).toMatchObject({ app: '/victim/plain' });
  expect(await stack.get('/', { host: 'weight.test' })).toMatchObject({ app: '/victim/weight' });
  expect(await stack.get('/', { port })).toMatchObject({ app: '/victim/web' });
  expect(await stack.get('/', route)).toMatchObject({ app: '/victim/web' });
}

/** Returns the names of the deeds that get where they want to. */
async function done(stack: Stack, deeds: readonly Deed[]): Promise<readonly string[]> {
  const got = await Promise.all(
    deeds.map(async (deed) => {
      const { name, path = '/', request } = deed;
      const own = { port: stack.ports.service[FIRST_OF_EVIL + DEEDS.indexOf(deed)] ?? 0 };
      // A port on which nothing listens.
      const answer = await stack.get(path, request?.(stack.ports) ?? own).catch(() => undefined);
      return answer !== undefined && deed.got(answer, name) ? [name] : [];
    }),
  );
  return got.flat();
}

const names = (deeds: readonly Deed[]): readonly string[] => deeds.map(({ name }) => name);

test.each([MATRIX.haproxy['2.6'] ?? '', MATRIX.haproxy['3.4'] ?? ''])(
  'a team reaches what is not its own only without a policy, with %s',
  { timeout: 180_000 },
  async (haproxy) => {
    let policy = '';
    const write = (rules: readonly object[]): Promise<void> => writeFile(policy, JSON.stringify({ rules }));
    await using stack = await startStack({
      haproxy,
      apps: victims,
      args: async ({ folder }) => {
        policy = join(folder, 'policy.json');
        await write([]);
        return ['--policy', policy];
      },
    });
    const { ports, folder, daemon } = stack;
    const canary = join(folder, 'canary');
    await writeFile(canary, CANARY);
    const runtime = statsSocketFor(stack.config, join(folder, 'run'));
    const targets = { ports, canary, runtime, admin: join(folder, 'admin.sock') };
    await stack.eventually(() => expectVictimsServed(stack));

    const held = DEEDS.filter(({ isHeld }) => isHeld);
    const open = DEEDS.filter(({ isHeld }) => !isHeld);
    for (const deed of DEEDS) {
      const own = Object.entries(deed.own(targets)).map(([key, value]) => [`HAPROXY_0_${key}`, value]);
      const port = ports.service[FIRST_OF_EVIL + DEEDS.indexOf(deed)] ?? 0;
      await stack.create(app(`/evil/${deed.name}`, port, { ...Object.fromEntries(own), ...deed.labels }));
    }
    await stack.eventually(async () => expect(await done(stack, open)).toEqual(names(open)));
    expect(await done(stack, held)).toEqual([]);

    const rules = [
      {
        prefix: '/victim',
        hosts: ['shop.test', 'login.test', 'plain.test', 'weight.test', '*.victim.test'],
        rawTemplates: 'off',
      },
      {
        prefix: '/evil',
        hosts: ['*.evil.test'],
        ports: ports.service.slice(FIRST_OF_EVIL, FIRST_OF_EVIL + DEEDS.length),
        rawTemplates: 'off',
      },
    ];
    await write(rules);
    process.kill(daemon.pid, 'SIGHUP');
    await stack.eventually(async () => {
      expect(await done(stack, DEEDS)).toEqual([]);
      await expectVictimsServed(stack);
    });
    // What is its own is served all the same.
    expect(await stack.get('/', { host: 'host.evil.test' })).toMatchObject({ app: '/evil/host' });
    // The log follows the change: HAProxy serves the new configuration a moment before.
    await stack.eventually(() => {
      const lines = daemon.text().split('\n');
      const untold = DEEDS.filter(
        ({ name }) => !lines.some((line) => line.includes(`app /evil/${name}: `) && / denies /.test(line)),
      );
      expect(names(untold)).toEqual([]);
    });

    const statusNow = async () =>
      JSON.parse((await stack.get('/_mlb/api/status', { port: ports.stats })).text) as {
        problems: number;
        policy: { rules: number; fault?: { detail: string } };
      };
    const { problems } = await statusNow();
    await writeFile(policy, '{"rules": [{"prefix": "/evil", "hosts": ["*"], "port": 80}]}');
    process.kill(daemon.pid, 'SIGHUP');
    await stack.eventually(async () => {
      const found = await statusNow();
      expect(found.policy).toMatchObject({ rules: 2, fault: { detail: expect.stringContaining('perhaps ports is meant') } });
      expect(found.problems).toBe(problems + 1);
    });
    expect(daemon.text()).toMatch(/cannot use the policy, the one of \S+ stays: .*policy\.json: rules\[0\] has the key "port"/);
    await stack.eventually(() => expectVictimsServed(stack));
    expect(await done(stack, DEEDS)).toEqual([]);

    await write([...rules, { prefix: '/ops' }]);
    process.kill(daemon.pid, 'SIGHUP');
    await stack.eventually(async () => expect((await statusNow()).policy).toMatchObject({ rules: 3 }));
    expect((await statusNow()).policy.fault).toBeUndefined();
  },
);
