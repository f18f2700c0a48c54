/** Two load balancers that share what they know of clients (`--peers`). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAsk } from '../../src/haproxy/runtime/socket.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { reservePorts } from '../support/network/port-block.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

const [oldest = '', newest = oldest] = [HAPROXIES[0], HAPROXIES.at(-1)];

/** So many in an hour: the window of HAProxy slides, and no test is that slow. */
const LIMIT = 10;

test.each([
  { first: oldest, second: oldest, tls: false },
  { first: newest, second: newest, tls: true },
  { first: newest, second: oldest, tls: true },
])(
  '$first and $second share rates and sticky clients, TLS $tls, and keep them over a reload',
  async ({ first, second, tls }) => {
    await using block = await reservePorts();
    const list = `one=127.0.0.1:${await block.next()},two=127.0.0.1:${await block.next()}`;
    await using one = await startStack({
      haproxy: first,
      env: { HAPROXY_FRONTEND_HEAD: ownPorts('127.0.0.1') },
      args: async ({ folder }) => options(list, 'one', tls ? await makeCertificate(folder, 'peers') : undefined),
      apps: ({ service }) => [
        app('/rated', service[0] ?? 0, { HAPROXY_0_VHOST: 'rated.test', HAPROXY_0_RATE_LIMIT: `${LIMIT}/1h` }),
        app(
          '/sticky',
          service[1] ?? 0,
          { HAPROXY_0_VHOST: 'sticky.test', HAPROXY_0_STICKY_BY: 'header X-User' },
          { instances: 4 },
        ),
      ],
    });
    await using two = await startStack({
      haproxy: second,
      env: { HAPROXY_FRONTEND_HEAD: ownPorts('127.0.0.2') },
      args: () => [...options(list, 'two', tls ? `${one.folder}/peers.pem` : undefined), '--marathon', one.sim.url],
    });
    for (const stack of [one, two]) {
      await stack.eventually(async () => expect((await stack.get('/', { host: 'sticky.test' })).status).toBe(200));
      await stack.eventually(async () => expect((await show(stack, 'show peers')).includes('last_status=ESTA')).toBe(true));
    }
    // The count goes on at the other one, and comes back.
    for (let time = 0; time < 6; time += 1) expect(await status(one)).toBe(200);
    await counted(two, 6);
    for (let time = 0; time < LIMIT - 6; time += 1) expect(await status(two)).toBe(200);
    expect(await status(two)).toBe(429);
    await counted(one, LIMIT + 1);
    expect(await status(one)).toBe(429);

    const users = Array.from({ length: 12 }, (_, at) => `user-${at}`);
    const tasks = new Map<string, string | undefined>();
    for (const user of users) tasks.set(user, await taskFor(one, user));
    expect(new Set(tasks.values()).size).toBeGreaterThan(1);
    await two.eventually(async () => {
      const table = await tableOf(two, /^backend (sticky_\d+)$/m);
      expect(users.filter((user) => !table.includes(`key=${user} `))).toEqual([]);
    });
    for (const user of users) expect([user, await taskFor(two, user)]).toEqual([user, tasks.get(user)]);

    // The second one is away: what the first knows after a reload, it has from its own old process.
    await two[Symbol.asyncDispose]();
    // One that has looked for others without end for less than ten seconds passes nothing on.
    await one.eventually(async () => expect(await show(one, 'show peers')).toMatch(/ flags=0x[0-9a-f]*3 /));
    const mark = one.daemon.mark();
    one.daemon.kill('SIGUSR1');
    await one.daemon.until(/HAProxy reloaded/, mark);
    await counted(one, LIMIT + 2);
    expect(await status(one)).toBe(429);
    for (const user of users) expect([user, await taskFor(one, user)]).toEqual([user, tasks.get(user)]);
  },
  60_000,
);

test('a HAProxy that is started with another name (-L) serves without sharing', async () => {
  await using block = await reservePorts();
  const list = `one=127.0.0.1:${await block.next()},two=127.0.0.1:${await block.next()}`;
  const folder = await mkdtemp(join(tmpdir(), 'peers-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  const renamed = join(folder, 'haproxy');
  await writeFile(renamed, `#!/bin/sh\nexec ${oldest} -L elsewhere "$@"\n`, { mode: 0o755 });
  await using stack = await startStack({
    haproxy: renamed,
    args: () => options(list, 'one', undefined),
    apps: ({ service }) => [
      app('/rated', service[0] ?? 0, { HAPROXY_0_VHOST: 'rated.test', HAPROXY_0_RATE_LIMIT: `${LIMIT}/1h` }),
    ],
  });
  await stack.eventually(async () => expect((await stack.get('/', { host: 'rated.test' })).status).toBe(200));
  expect(await show(stack, 'show peers')).not.toContain('id=two');
});

function options(list: string, name: string, certificate: string | undefined): readonly string[] {
  return ['--peers', list, '--peer-name', name, ...(certificate === undefined ? [] : ['--peers-cert', certificate])];
}

/** Both load balancers are on one machine. */
function ownPorts(address: string): string {
  return `frontend {backend}\n  bind ${address}:{servicePort}{sslCert}{bindOptions}\n  mode {mode}\n`;
}

async function show(stack: Stack, command: string): Promise<string> {
  const [, path = ''] = /^ {2}stats socket (\S+)/m.exec(await stack.configText()) ?? [];
  return createAsk()({ kind: 'path', path }, command, AbortSignal.timeout(10_000));
}

async function tableOf(stack: Stack, name: RegExp): Promise<string> {
  return show(stack, `show table ${name.exec(await stack.configText())?.[1] ?? ''}`);
}

/** Waits until a load balancer has counted so many requests of the one client. */
async function counted(stack: Stack, count: number): Promise<void> {
  await stack.eventually(async () => {
    const table = await tableOf(stack, /^backend (clients:rated_\d+)$/m);
    expect(table).toMatch(new RegExp(`http_req_rate\\(3600000\\)=${count}$`, 'm'));
  });
}

async function status(stack: Stack): Promise<number> {
  return (await stack.get('/', { host: 'rated.test' })).status;
}

async function taskFor(stack: Stack, user: string): Promise<string | undefined> {
  return (await stack.get('/', { host: 'sticky.test', headers: { 'x-user': user } })).task;
}
