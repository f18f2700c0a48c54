import { describe, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startStack } from '../support/program/stack.ts';

describe.each(HAPROXIES)('%s', (haproxy) => {
  test('serves by host, name and path, and follows the apps', async () => {
    await using stack = await startStack({
      haproxy,
      args: () => ['--haproxy-map'],
      apps: ({ service }) => [
        app('/one', service[0] ?? 0, { HAPROXY_0_VHOST: 'one.test', HAPROXY_0_STICKY: 'true', HAPROXY_0_USE_HSTS: 'true' }),
        app('/path', service[1] ?? 0, { HAPROXY_0_VHOST: 'one.test', HAPROXY_0_PATH: '/path' }),
        app('/broken', service[2] ?? 0, { HAPROXY_0_BALANCE: 'magic' }),
      ],
    });
    const tasksOf = async (): Promise<Set<string | undefined>> => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => stack.get('/', { host: 'one.test' })));
      return new Set(answers.map(({ task }) => task));
    };
    await stack.eventually(async () => {
      expect(await stack.get('/', { sni: 'one.test' })).toMatchObject({ app: '/one', certificate: 'one.test' });
      expect(await stack.get('/path/x', { host: 'one.test' })).toMatchObject({ app: '/path' });
    });
    await stack.daemon.until(/app \/broken.*balance/);
    for (const instances of [3, 1]) {
      await stack.scale('/one', instances);
      await stack.eventually(async () => {
        const tasks = new Set(stack.sim.tasks('/one').map(({ id }) => id));
        expect(tasks.size).toBe(instances);
        expect(await tasksOf()).toEqual(tasks);
      });
    }
    await stack.remove('/path');
    await stack.eventually(async () => expect(await stack.get('/path/x', { host: 'one.test' })).toMatchObject({ app: '/one' }));
  });
});
