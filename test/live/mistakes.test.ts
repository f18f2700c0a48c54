import { afterAll, beforeAll, expect, test } from 'vitest';
import { app } from '../support/marathon/apps.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

let stack: Stack;
const hosts = ['one', 'two', 'three'];

beforeAll(async () => {
  stack = await startStack({
    apps: ({ service }) => hosts.map((name, at) => app(`/${name}`, service[at] ?? 0, { HAPROXY_0_VHOST: `${name}.test` })),
  });
  await stack.sim.idle();
  for (const name of hosts) await served(name);
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test('a bad label costs nobody anything, and the right one is served at once', async () => {
  const labels = { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'one.test' };
  const relabel = (more: object) => stack.change('/one', { labels: { ...labels, ...more } });
  await relabel({ HAPROXY_0_BACKEND_HTTP_OPTIONS: '  option nonsense\n' });
  await stack.daemon.until(/app \/one: HAProxy rejects it: `option nonsense`: .*last good labels/);
  await stack.sim.idle();
  for (const name of hosts) await served(name);
  await relabel({ HAPROXY_0_BALANCE: 'leastconn' });
  await stack.eventually(async () => expect(await stack.configText()).toContain('balance leastconn'));
  await stack.daemon.until(/fixed: app \/one: HAProxy rejects it/);
  for (const name of hosts) await served(name);
});

test('apps that are away after a reconnect stay, until Marathon says so twice', async () => {
  await stack.sim.idle();
  const mark = stack.daemon.mark();
  stack.sim.setFault({ kind: 'empty-apps', path: '/v2/apps' });
  stack.sim.closeStreams();
  await stack.daemon.until(/would remove 3 of 3 servers/, mark);
  expect(await stack.configText()).toContain('backend two_');
  for (const name of hosts) await served(name);
  // What Marathon says then is the same as before: nothing happens.
  await stack.daemon.until(/trying again: nothing changed/, mark);
  for (const name of hosts) await served(name);
});

async function served(name: string): Promise<void> {
  await stack.eventually(async () => {
    const ids = stack.sim.tasks(`/${name}`).map(({ id }) => id);
    expect(ids).toContain((await stack.get('/', { host: `${name}.test` })).task);
  });
}
