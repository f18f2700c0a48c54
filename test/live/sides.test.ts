import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { app, type Labels } from '../support/marathon/apps.ts';
import { createDisposables } from '../support/program/disposables.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startLoad } from '../support/network/load.ts';
import { startStack, type Ports, type Stack } from '../support/program/stack.ts';

interface Difference {
  readonly old: { readonly labels?: Labels; readonly more?: object };
  readonly new: { readonly labels?: Labels; readonly more?: object };
  /** The service port is asked, not the vhost. */
  readonly byPort?: true;
}

/** HAProxy notices a failure after two checks, a second each. */
const check = (more: object): object => ({
  healthChecks: [
    { protocol: 'HTTP', path: '/old', portIndex: 0, gracePeriodSeconds: 1, intervalSeconds: 1, timeoutSeconds: 1, ...more },
  ].map((each) => ({ ...each, maxConsecutiveFailures: 1 })),
});

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  path: {
    old: { more: { ...check({ path: '/old' }), env: { SIM_404: '/new' } } },
    new: { more: { ...check({ path: '/new' }), env: { SIM_404: '/old' } } },
  },
  kind: {
    old: {
      more: { ...check({ path: '/old' }), env: { SIM_404: '/' } },
      labels: { HAPROXY_0_PATH: '/a', HAPROXY_0_MODE: 'http' },
    },
    new: {
      more: { ...check({ protocol: 'TCP', path: undefined }), env: { SIM_404: '/old' } },
      labels: { HAPROXY_0_MODE: 'http' },
    },
  },
  group: { old: { more: check({}) }, new: { more: check({}), labels: { HAPROXY_GROUP: 'internal,external' } } },
  host: { old: { more: check({}) }, new: { more: check({}), labels: { HAPROXY_0_VHOST: 'host.test,more.test' } } },
  mode: {
    old: { more: check({}), labels: { HAPROXY_0_VHOST: '', HAPROXY_0_MODE: 'http' } },
    new: { more: check({ protocol: 'TCP', path: undefined }), labels: { HAPROXY_0_VHOST: '', HAPROXY_0_MODE: 'tcp' } },
    byPort: true,
  },
  options: {
    old: { more: check({}) },
    new: {
      more: check({}),
      labels: {
        HAPROXY_0_BALANCE: 'leastconn',
        HAPROXY_0_BACKEND_SERVER_OPTIONS:
          '  server {serverName} {host_ipv4}:{port} id {serverId}{cookieOptions}{healthCheckOptions} maxconn 200{otherOptions}\n',
      },
    },
  },
};

const NAMES = Object.keys(DIFFERENCES);

function side(name: string, colour: 'blue' | 'green', ports: Ports, instances: number): object {
  const difference = DIFFERENCES[name] as Difference;
  const { labels, more } = colour === 'blue' ? difference.old : difference.new;
  const at = NAMES.indexOf(name);
  const port = ports.service[at] as number;
  const own = {
    HAPROXY_0_PORT: String(port),
    HAPROXY_0_VHOST: `${name}.test`,
    HAPROXY_DEPLOYMENT_GROUP: name,
    HAPROXY_DEPLOYMENT_ALT_PORT: String(ports.service[at + 10]),
    HAPROXY_DEPLOYMENT_COLOUR: colour,
    HAPROXY_DEPLOYMENT_STARTED_AT: colour === 'blue' ? '2026-01-01T00:00:00.000000' : '2026-02-01T00:00:00.000000',
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '3',
    HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
    ...labels,
  };
  const marathonPort = colour === 'blue' ? port : (ports.service[at + 10] as number);
  return app(`/${name}-${colour}`, marathonPort, own, { instances, ...more });
}

/** 3.4 refuses a frontend and a backend of one name, which is the layout of 1.15. */
const FRONTEND_HEAD = 'frontend of_{backend}\n  bind {bindAddr}:{servicePort}{sslCert}{bindOptions}\n  mode {mode}\n';

async function start(haproxy: string): Promise<Stack> {
  return startStack({
    haproxy,
    sim: SIM,
    apps: (ports) => NAMES.map((name) => side(name, 'blue', ports, 3)),
    env: haproxy.includes('3.4') ? { HAPROXY_FRONTEND_HEAD: FRONTEND_HEAD } : {},
  });
}

const scale = async (stack: Stack, colour: string, instances: number): Promise<void> => {
  await Promise.all(NAMES.map((name) => stack.scale(`/${name}-${colour}`, instances, { force: true })));
};

/** Tasks serve on for the three seconds that Mesos gives them: on a busy machine a reload lasts longer than one. */
const SIM = { speed: 20, delays: { stop: 3000 } };

/** Long enough that HAProxy would have found a task DOWN that is checked by the other side's definition. */
const SETTLED = 3000;

describe.concurrent('both apps of a group are there and differ in what serves', { timeout: 120_000 }, () => {
  test.each([...new Set([HAPROXIES[0] as string, ...HAPROXIES.slice(-1)])])(
    'no request fails, forward and back: %s',
    async (haproxy) => {
      const disposables = createDisposables();
      try {
        const stack = disposables.use(await start(haproxy));
        const { ports } = stack;
        const byHost = NAMES.filter((name) => DIFFERENCES[name]?.byPort === undefined);
        const hosts = byHost.map((name) => `${name}.test`);
        await stack.eventually(async () => {
          for (const host of hosts) expect((await stack.get(host === 'kind.test' ? '/a' : '/', { host })).status).toBe(200);
        });
        const asked = { pairs: 2, pause: 10, isRetried: true, path: '/a' };
        const loads = [
          startLoad({ ...asked, port: ports.http, hosts }),
          startLoad({ ...asked, port: ports.service[NAMES.indexOf('mode')] as number, hosts: ['mode.test'] }),
        ];
        await Promise.all(NAMES.map((name) => stack.create(side(name, 'green', ports, 1))));
        await sleep(SETTLED);
        // Forward in steps, back before the end, forward again to the end.
        for (const [blue, green] of [
          [2, 1],
          [2, 2],
          [1, 2],
          [2, 2],
          [3, 1],
          [3, 0],
          [3, 1],
          [2, 2],
          [1, 3],
          [0, 3],
        ] as const) {
          // Of the two, the one that is given instances was scaled first.
          await scale(stack, 'blue', blue);
          await sleep(200);
          await scale(stack, 'green', green);
          await sleep(SETTLED);
        }
        await Promise.all(NAMES.map((name) => stack.remove(`/${name}-blue`, { force: true })));
        await sleep(SETTLED);
        const results = await Promise.all(loads.map((load) => load.stop()));
        expect(results.map(({ failures }) => [...failures])).toEqual([[], []]);
        expect(Math.min(...results.map(({ requests }) => requests))).toBeGreaterThan(1000);
        expect((await stack.get('/', { host: 'more.test' })).headers['x-sim-app']).toBe('/host-green');
      } finally {
        await disposables[Symbol.asyncDispose]();
      }
    },
  );
});
