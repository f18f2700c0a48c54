import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startStack } from '../support/program/stack.ts';

test('a burst of new apps: a reload at once and few in all; an app that is scaled meanwhile gets its server without one', async () => {
  await using stack = await startStack({
    apps: ({ service }) => [app('/old', service[0] ?? 0, { HAPROXY_0_VHOST: 'old.test' })],
    args: () => ['--reload-min-interval', '4'],
  });
  await stack.sim.idle();
  await served('old');
  const begun = reloads();

  await create(1);
  await served('new-1');
  // Now reloads have to wait; scaling has not.
  await Promise.all(Array.from({ length: 9 }, (_, at) => create(at + 2)));
  await stack.scale('/old', 2);
  await stack.daemon.until(/server \+ \S+ to \/old:\d+.* → \d+ commands? to the running HAProxy/);
  const tasks = stack.sim.tasks('/old').map(({ id }) => id);
  await stack.eventually(async () => expect(tasks).toContain((await stack.get('/', { host: 'old.test' })).task));

  for (let at = 2; at <= 10; at += 1) await served(`new-${at}`);
  expect(reloads() - begun).toBeLessThanOrEqual(3);

  async function create(at: number): Promise<void> {
    await stack.marathon(
      'POST',
      '/v2/apps',
      app(`/new-${at}`, stack.ports.service[at] ?? 0, { HAPROXY_0_VHOST: `new-${at}.test` }),
    );
  }

  async function served(name: string): Promise<void> {
    await stack.eventually(async () => expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ app: `/${name}` }));
  }

  function reloads(): number {
    return [...stack.daemon.text().matchAll(/HAProxy reloaded: /g)].length;
  }
});
