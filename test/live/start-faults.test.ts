import { expect, test } from 'vitest';
import { app } from '../support/apps.ts';
import { HAPROXIES } from '../support/haproxies.ts';
import { startStack } from '../support/stack.ts';

/** HAProxy 2.6 does not tell over its master's socket why a reload failed. */
const TELLING = HAPROXIES.filter((path) => path !== '/usr/sbin/haproxy');

test.each(TELLING)('an address that only a reload finds out costs its service alone, with %s', async (haproxy) => {
  await using stack = await startStack({
    haproxy,
    byMaster: true,
    apps: ({ service }) => [app('/good', service[0] ?? 0, { HAPROXY_0_VHOST: 'good.test' })],
  });
  const served = (name: string) =>
    stack.eventually(async () => expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ app: `/${name}` }));
  await served('good');
  const mark = stack.daemon.mark();
  const [, first = 0, second = 0] = stack.ports.service;
  await stack.marathon('POST', '/v2/apps', app('/bad', first, { HAPROXY_0_BIND_ADDR: 'unix@/nonexistent/x,*' }));
  await stack.daemon.until(/app \/bad: HAProxy .*cannot bind/, mark);
  await stack.marathon('POST', '/v2/apps', app('/next', second, { HAPROXY_0_VHOST: 'next.test' }));
  await served('next');
  await served('good');
});
