import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { startHaproxy, startTasks } from '../../../test/support/haproxy/live-haproxy.ts';
import { foreignListeners, unbindable } from './bindable.ts';
import { plainAddress } from '../../haproxy-config/bind.ts';
import { bindsIn } from '../../haproxy-config/wanted-binds.ts';

/** In the place of an HAProxy that holds no port. */
const processes = [{ pid: process.ppid, started: '1' }];

async function holding(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

test('reads what can be tried, with its line', () => {
  const text = `frontend a
  bind *:80
  bind 10.0.0.1:81,:82 accept-proxy # bind *:99
  bind [::]:83-84 v6only
  bind ::1:85
  bind ::ffff:10.0.0.1:86
  bind abns@x
  bind unix@/run/x.sock
  bind fd@3
  bind /run/x.sock
  bind "\${ADDR}:87"
  bind host.test:88
  bind *:1000-9000
  bind 10.0.0.2:89 transparent
  default_backend bind
`;
  expect(bindsIn(text).map(({ line, host, port, shown, isOnlyV6 }) => [line, host, port, shown, isOnlyV6])).toEqual([
    [2, '0.0.0.0', 80, '*:80', false],
    [3, '10.0.0.1', 81, '10.0.0.1:81', false],
    [3, '0.0.0.0', 82, '*:82', false],
    [4, '::', 83, '[::]:83', true],
    [4, '::', 84, '[::]:84', true],
    [5, '::1', 85, '[::1]:85', false],
    [6, '10.0.0.1', 86, '10.0.0.1:86', false],
  ]);
  expect(plainAddress('0000:0000:0000:0000:0000:0000:0000:0001')).toBe('::1');
});

test('an address of another machine', async () => {
  const text = 'frontend a\n  bind 127.0.0.1:20999\n  bind 203.0.113.9:10001\n';
  expect(await unbindable({ text, processes })).toEqual([
    {
      line: 3,
      proxies: [],
      mentions: [],
      bind: expect.objectContaining({ host: '203.0.113.9', port: 10_001 }),
      message: expect.stringContaining('cannot bind 203.0.113.9:10001: this machine has no such address'),
    },
  ]);
  expect(await unbindable({ text, runs: text, processes })).toEqual([]);
});

test('a port of another program, named; one of HAProxy itself may be bound in another way', async () => {
  await using held = await holding();
  const text = `frontend a\n  bind *:${held.port}\n`;
  expect(await unbindable({ text, processes })).toMatchObject([
    { line: 2, message: expect.stringContaining(`port ${held.port} is held by another program (pid ${process.pid}, `) },
  ]);
  expect(await unbindable({ text, processes: [{ pid: process.pid, started: '1' }] })).toEqual([]);
});

test('a program on one address of IPv6 is not in the way of all of IPv4', async () => {
  const server = createServer();
  await once(server.listen(0, '::1'), 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await foreignListeners(`frontend a\n  bind *:${port}\n`, [])).toEqual([]);
  const [found] = await foreignListeners(`frontend a\n  bind [::1]:${port}\n`, []);
  expect(found?.holder?.pid).toBe(process.pid);
  server.close();
});

test('a port that somebody else only tries for a moment', async () => {
  const held = await holding();
  const text = `frontend a\n  bind 127.0.0.1:${held.port}\n`;
  const found = unbindable({ text, processes });
  setTimeout(() => void held[Symbol.asyncDispose](), 10);
  expect(await found).toEqual([]);
});

test.each(HAPROXIES)('a port of another HAProxy: %s', async (binary) => {
  await using tasks = await startTasks(1);
  await using other = await startHaproxy(binary);
  await other.bring(other.doc([['a', tasks.ports[0] ?? 0]]));
  expect(await unbindable({ text: `frontend a\n  bind 127.0.0.1:${other.port}\n`, processes })).toEqual([]);
});
