import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startContainer } from '../support/program/container.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { runProgram } from '../support/program/program.ts';
import { startStack } from '../support/program/stack.ts';

/** HAProxy 2.6 does not tell over its master's socket why a reload failed. */
const TELLING = HAPROXIES.filter((path) => path !== '/usr/sbin/haproxy');

/** An address that only a start finds out: what is bound to one interface is not tried before. */
async function takePort(): Promise<
  AsyncDisposable & { readonly port: number; readonly labels: Readonly<Record<string, string>> }
> {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, resolve));
  const { port } = other.address() as { port: number };
  const close = () => new Promise<void>((resolve) => void other.close(() => resolve()));
  return { port, labels: { HAPROXY_0_BIND_OPTIONS: 'interface lo' }, [Symbol.asyncDispose]: close };
}

test.each(TELLING)('an address that only a reload finds out costs its service alone, with %s', async (haproxy) => {
  await using taken = await takePort();
  await using stack = await startStack({
    haproxy,
    byMaster: true,
    apps: ({ service }) => [app('/good', service[0] ?? 0, { HAPROXY_0_VHOST: 'good.test' })],
  });
  const served = (name: string) =>
    stack.eventually(async () => expect(await stack.get('/', { host: `${name}.test` })).toMatchObject({ app: `/${name}` }));
  await served('good');
  const mark = stack.daemon.mark();
  const [, second = 0] = stack.ports.service;
  await stack.create(app('/bad', taken.port, taken.labels));
  await stack.daemon.until(/app \/bad: HAProxy .*cannot bind/, mark);
  await stack.create(app('/next', second, { HAPROXY_0_VHOST: 'next.test' }));
  await served('next');
  await served('good');
  // HAProxy's check finds nothing wrong: only the running load balancer knows.
  await stack.eventually(async () => {
    const explained = await runProgram(['explain', 'app', '/bad', ...stack.args], { cwd: stack.folder });
    expect(explained.out).toMatch(/^\/bad is not served\n(?:.*\n)*.*cannot bind/);
  });
});

test.each(HAPROXIES)(
  'an address that only a reload finds out costs its service alone in a container, with %s',
  async (haproxy) => {
    await using taken = await takePort();
    await using container = await startContainer({
      haproxy,
      apps: ({ service }) => [app('/good', service[0] ?? 0, { HAPROXY_0_VHOST: 'good.test' })],
    });
    const { program } = container;
    const served = (name: string) =>
      program.eventually(async () =>
        expect(await container.get('/', { host: `${name}.test` })).toMatchObject({ app: `/${name}` }),
      );
    await served('good');
    const mark = program.mark();
    const [, second = 0] = container.ports.service;
    await container.create(app('/bad', taken.port, taken.labels));
    await program.until(/app \/bad: HAProxy .*cannot bind/, mark);
    await container.create(app('/next', second, { HAPROXY_0_VHOST: 'next.test' }));
    await served('next');
    await served('good');
  },
);
