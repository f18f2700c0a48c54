import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startLoad } from '../support/network/load.ts';
import { startStack } from '../support/program/stack.ts';

test.each(HAPROXIES)('ports in use by other programs cost only the services that want them, with %s', async (haproxy) => {
  const other = createServer();
  const taken = await new Promise<number>((resolve) => {
    other.listen(0, () => resolve((other.address() as { port: number }).port));
  });
  try {
    await using stack = await startStack({
      haproxy,
      apps: ({ service }) => [app('/good', service[0] ?? 0, { HAPROXY_0_VHOST: 'good.test' })],
    });
    const [, foreign = 0, late = 0] = stack.ports.service;
    const served = (name: string) =>
      stack.eventually(async () => expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ app: `/${name}` }));
    await served('good');
    const load = startLoad({ port: stack.ports.http, hosts: ['good.test'], pairs: 1, pause: 5, isRetried: true });

    const mark = stack.daemon.mark();
    await stack.create(app('/foreign', foreign, { HAPROXY_0_BIND_ADDR: '203.0.113.9' }));
    await stack.create(app('/taken', taken, {}));
    await stack.daemon.until(/app \/foreign: .*cannot bind 203\.0\.113\.9:\d+: this machine has no such address/, mark);
    const why = `app /taken: HAProxy would not start with it: .*port ${taken} is held by another program \\(pid ${process.pid}, .*until it can be bound`;
    await stack.daemon.until(new RegExp(why), mark);
    await stack.create(app('/late', late, { HAPROXY_0_VHOST: 'late.test' }));
    await served('late');

    const config = await stack.configText();
    expect(config).not.toContain('203.0.113.9');
    expect(config).not.toContain(`bind *:${taken}`);
    const { requests, failures } = await load.stop();
    expect(requests).toBeGreaterThan(50);
    expect([...failures]).toEqual([]);
    expect(stack.daemon.text().slice(mark)).not.toContain('reload failed');

    // Nobody tells that it is free; it is found long before the next resync.
    await new Promise((resolve) => other.close(resolve));
    await stack.daemon.until(/fixed: app \/taken/, mark);
    expect(await stack.configText()).toContain(`bind *:${taken}`);
  } finally {
    if (other.listening) other.close();
  }
});
