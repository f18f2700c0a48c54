import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { createDisposables } from '../support/program/disposables.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startLoad } from '../support/network/load.ts';
import { startProgram } from '../support/program/program.ts';
import { startStack } from '../support/program/stack.ts';

const check = (more: object): object => ({
  protocol: 'HTTP',
  path: '/old',
  portIndex: 0,
  gracePeriodSeconds: 60,
  intervalSeconds: 1,
  timeoutSeconds: 1,
  maxConsecutiveFailures: 0,
  ...more,
});

/** An upgrade that cannot succeed: what the tasks that run have never passed, and those that come do not pass either. */
const BROKEN = {
  path: { healthChecks: [check({ path: '/new' })] },
  port: { healthChecks: [check({ port: 1, portIndex: undefined })] },
};

/** Tasks serve on for the three seconds that Mesos gives them: on a busy machine a reload lasts longer than one. */
const SIM = { speed: 20, delays: { stop: 3000 } };

/** Long enough that HAProxy would have found all tasks DOWN. */
const SETTLED = 3500;

const binaries = [...new Set([HAPROXIES[0] as string, HAPROXIES.at(-1) as string])];
const cases = binaries.flatMap((binary) => [[], ['--health-check']].map((args) => ({ binary, args })));

describe.concurrent('an upgrade with a health check that never passes', { timeout: 120_000 }, () => {
  test.each(cases)('leaves the tasks of before in service, over a restart too: $binary $args', async ({ binary, args }) => {
    const disposables = createDisposables();
    try {
      const stack = disposables.use(
        await startStack({
          haproxy: binary,
          sim: SIM,
          args: () => args,
          apps: ({ service }) =>
            Object.keys(BROKEN).map((name, at) =>
              app(
                `/${name}`,
                service[at] as number,
                { HAPROXY_0_VHOST: `${name}.test` },
                {
                  instances: 4,
                  // Room for a third version beside the one that is stuck.
                  upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 1 },
                  healthChecks: [check({})],
                  env: { SIM_404: '/new' },
                },
              ),
            ),
        }),
      );
      const { ports, daemon } = stack;
      const hosts = Object.keys(BROKEN).map((name) => `${name}.test`);
      await stack.eventually(async () => {
        for (const host of hosts) expect((await stack.get('/', { host })).status).toBe(200);
      });
      const load = startLoad({ port: ports.http, hosts, pairs: 1, pause: 10, isRetried: true });
      for (const [name, change] of Object.entries(BROKEN)) await stack.change(`/${name}`, change, { force: true });
      await sleep(SETTLED);
      daemon.kill('SIGKILL');
      await daemon.ended;
      const next = disposables.use(startProgram([...stack.args, '--sse'], { cwd: stack.folder, env: {} }));
      await next.until(/event stream .* is open/);
      await sleep(SETTLED);
      const good = { healthChecks: [check({ path: '/good' })], env: { SIM_404: '/old' } };
      for (const name of Object.keys(BROKEN)) await stack.change(`/${name}`, good, { force: true });
      await next.eventually(async () => expect(await stack.configText()).not.toMatch(/\/old|\/new|port 1\b/));
      await sleep(SETTLED);
      const { failures, requests } = await load.stop();
      expect([...failures]).toEqual([]);
      expect(requests).toBeGreaterThan(300);
      expect(await stack.configText()).toContain('option httpchk GET /good');
    } finally {
      await disposables[Symbol.asyncDispose]();
    }
  });
});
