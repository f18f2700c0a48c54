import { expect, test } from 'vitest';
import { join } from 'node:path';
import { app } from '../support/marathon/apps.ts';
import { startContainer } from '../support/program/container.ts';
import { runProgram } from '../support/program/program.ts';
import { startStack } from '../support/program/stack.ts';

test('marathon-lb status finds the load balancer, and says what is wrong and how to fix it', { timeout: 60_000 }, async () => {
  await using stack = await startStack({
    apps: ({ service }) => [
      app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' }),
      app('/wrong', service[1] ?? 0, { HAPROXY_0_MODE: 'htttp' }),
    ],
  });
  await stack.eventually(async () => expect(await stack.get('/', { host: 'shop.test' })).toMatchObject({ status: 200 }));
  const where = stack.args.flatMap((word, at) => (word === '--admin-listen' ? [word, stack.args[at + 1] ?? ''] : []));
  const ask = (...args: string[]) => runProgram(['status', ...where, ...args], { cwd: stack.folder });
  await stack.eventually(async () => {
    const { status, out } = await ask();
    expect(out).toMatch(/^marathon-lb \S+: ready, 1 problem/);
    expect(out).toMatch(/^Services {3}1, with 1 server: 1 up, 0 draining, 0 down$/m);
    expect(out).toMatch(/^ {2}\/wrong: HAPROXY_0_MODE is "htttp".* \[label-malformed, since \d{4}-/m);
    expect(status).toBe(1);
  });
  expect(JSON.parse((await ask('--json')).out)).toMatchObject({ ready: true, problems: 1, services: [{ app: '/shop' }] });
  stack.daemon.kill('SIGKILL');
  await stack.daemon.ended;
  const gone = await ask();
  expect(gone).toMatchObject({ status: 2, out: '' });
  expect(gone.err).toMatch(/^marathon-lb status: no load balancer answers at .*; is it running\? Give the --state-dir/);
});

test('it says which group no app has', { timeout: 60_000 }, async () => {
  await using container = await startContainer({
    apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
    args: () => ['--group', 'typo'],
  });
  await container.program.eventually(async () => {
    const { out } = await runProgram(['status', '--haproxy-config', join(container.folder, 'work', 'haproxy.cfg')], { cwd: '/' });
    expect(out).toMatch(/^marathon-lb .*\n {2}no app has HAPROXY_GROUP typo; there are external \(1\) \(--group\)\n/);
  });
});

test('it finds the load balancer by its state folder', { timeout: 60_000 }, async () => {
  await using container = await startContainer({
    withoutAdminListen: true,
    apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'shop.test' })],
  });
  const places = ['--state-dir', join(container.folder, 'work', 'state')];
  await container.program.eventually(async () => {
    const { status, out } = await runProgram(['status', ...places], { cwd: container.folder });
    expect(out).toMatch(/^marathon-lb \S+: ready, no problems$/m);
    expect(status).toBe(0);
  });
});
