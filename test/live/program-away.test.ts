import { expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startStack } from '../support/program/stack.ts';

test('while the program is away HAProxy says so on its endpoints, and goes on serving', { timeout: 60_000 }, async () => {
  await using stack = await startStack({
    apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
  });
  const serves = () =>
    stack.eventually(async () => expect(await stack.get('/', { host: 'shop.test' })).toMatchObject({ status: 200 }));
  await serves();
  stack.daemon.kill('SIGKILL');
  await stack.daemon.ended;
  const { status, text } = await stack.get('/_mlb/ready', { port: stack.ports.stats });
  expect({ status, text }).toEqual({
    status: 503,
    text: 'marathon-lb does not answer: it is being restarted, or has ended. HAProxy goes on with its last configuration.\n',
  });
  await serves();
});
