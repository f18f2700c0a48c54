import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { runProgram } from '../support/program/program.ts';
import { startStack } from '../support/program/stack.ts';

const labels = (path: string, more: Record<string, string> = {}) => ({
  HAPROXY_0_VHOST: 'one.test',
  HAPROXY_0_PATH: path,
  ...more,
});

test.each(HAPROXIES)(
  '%s: a rule that is never reached is named with its winner, and the fix that is named helps',
  async (haproxy) => {
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [app('/api', service[0]!, labels('/api')), app('/v2', service[1]!, labels('/api/v2'))],
      before: ({ sim }) => sim.idle(),
    });
    await stack.daemon.until(
      /app \/v2: no request for one\.test with path \/api\/v2 .* \/api gets them.*BACKEND_WEIGHT above 1.*\[rule-unreachable\]/,
    );
    await stack.eventually(async () => {
      expect(await stack.get('/api/v2/x', { host: 'one.test' })).toMatchObject({ app: '/api' });
    });
    const explained = await runProgram(['explain', 'app', '/v2', ...stack.args], { cwd: stack.folder });
    expect(explained.out).toMatch(/not host one\.test, paths that begin with \/api\/v2: \/api gets it/);
    expect(explained.out).not.toMatch(/^ *host one\.test, paths/m);

    const mended = labels('/api/v2', { HAPROXY_0_BACKEND_WEIGHT: '2', HAPROXY_GROUP: 'external' });
    await stack.change('/v2', { labels: mended });
    await stack.eventually(async () => {
      expect(await stack.get('/api/v2/x', { host: 'one.test' })).toMatchObject({ app: '/v2' });
      expect(await stack.get('/api/x', { host: 'one.test' })).toMatchObject({ app: '/api' });
      expect(stack.daemon.text()).toMatch(/fixed: app \/v2: no request for one\.test/);
    });
  },
);
