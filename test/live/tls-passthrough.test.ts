/** TLS connections that are passed to tasks, beside hosts whose TLS is terminated on the same port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { startTls } from '../support/labels/task-servers.ts';
import { app } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { createDisposables } from '../support/program/disposables.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

const NEWEST = HAPROXIES.at(-1) ?? '';
const WAYS: readonly (readonly string[])[] = [
  ...HAPROXIES.map((haproxy) => [haproxy, '--https-routing', 'host']),
  [NEWEST, '--haproxy-map'],
  [NEWEST, '--group-https-by-vhost', '--https-routing', 'host'],
];

const PASS = { HAPROXY_0_VHOST: 'own.test,*.own.test', HAPROXY_0_TLS_PASSTHROUGH: 'true' };

test.each(WAYS.map((way) => ({ way })))('with $way', { timeout: 90_000 }, async ({ way: [haproxy, ...args] }) => {
  await using held = createDisposables();
  const folder = await mkdtemp(join(tmpdir(), 'pass-'));
  held.defer(() => rm(folder, { recursive: true, force: true }));
  const server = held.use(await startTls(await makeCertificate(folder, 'task.internal')));
  const to = { HAPROXY_0_BACKEND_SERVER_OPTIONS: `  server {serverName} 127.0.0.1:${server.port}\n` };
  const stack = held.use(
    await startStack({
      haproxy: haproxy ?? '',
      args: () => args,
      apps: ({ service }) => [
        app('/own', service[0] ?? 0, { ...PASS, ...to }),
        app('/shop', service[1] ?? 0, { HAPROXY_0_VHOST: 'shop.test,shop.own.test', HAPROXY_0_ALLOW: '127.0.0.2' }),
        app('/wild', service[2] ?? 0, { HAPROXY_0_VHOST: '*.test' }),
      ],
    }),
  );
  await stack.eventually(async () => expect((await ask(stack, 'own.test')).certificate).toBe('task.internal'));

  for (const host of ['own.test', 'a.own.test']) {
    const passed = await ask(stack, host);
    expect([passed.status, passed.certificate, passed.text]).toEqual([200, 'task.internal', `1.1 true ${host}`]);
  }
  // A name wins over a pattern, and the client's address is still its own.
  for (const host of ['shop.test', 'shop.own.test']) {
    const terminated = await ask(stack, host, { from: '127.0.0.2' });
    expect([terminated.app, terminated.certificate]).toEqual(['/shop', 'one.test']);
    expect((await ask(stack, host)).status).toBe(403);
  }
  expect(await http2Of(stack, 'own.test')).toEqual({ status: 200, text: '2.0 true own.test' });

  // Nobody else gets its requests, without TLS or over the connection for another host, which a browser uses again.
  await stack.eventually(async () => expect((await stack.get('/', { host: 'other.test' })).app).toBe('/wild'));
  for (const host of ['own.test', 'a.own.test']) expect((await stack.get('/', { host })).status).toBe(503);
  expect((await stack.get('/', { host: 'shop.own.test', from: '127.0.0.2' })).app).toBe('/shop');
  for (const host of args.includes('host') ? ['own.test', 'a.own.test', 'other.test'] : []) {
    expect([host, (await http2Of(stack, 'other.test', host)).status]).toEqual([host, host === 'other.test' ? 200 : 421]);
  }

  // It goes and comes back, while the terminated hosts stay.
  await stack.change('/own', { labels: { HAPROXY_GROUP: 'external', ...to } }, { force: true });
  await stack.eventually(async () => {
    expect(await stack.configText()).not.toContain('req.ssl_sni');
    expect((await ask(stack, 'shop.test', { from: '127.0.0.2' })).app).toBe('/shop');
    // With a frontend for each host, a name that none has gets no answer.
    const other = await ask(stack, 'own.test').catch(() => undefined);
    expect(other?.certificate).not.toBe('task.internal');
  });
  await stack.change('/own', { labels: { HAPROXY_GROUP: 'external', ...PASS, ...to } }, { force: true });
  await stack.eventually(async () => expect((await ask(stack, 'own.test')).certificate).toBe('task.internal'));
  expect((await ask(stack, 'shop.test', { from: '127.0.0.2' })).app).toBe('/shop');
  expect(stack.daemon.text()).not.toMatch(/ (?:WARNING|ERROR) .*(?:marathon_tls|HAProxy warns)/);
});

function ask(stack: Stack, host: string, options: { readonly from?: string } = {}) {
  return stack.get('/', { host, sni: host, ...options });
}

/** Returns the answer over HTTP/2 to a request for a host over a connection for `name`. */
async function http2Of({ ports }: Stack, name: string, host = name): Promise<{ readonly status: number; readonly text: string }> {
  const session = connectHttp2(`https://127.0.0.1:${ports.https}`, { servername: name, rejectUnauthorized: false });
  try {
    return await new Promise((resolve, reject) => {
      session.once('error', reject);
      const stream = session.request({ ':path': '/', ':authority': host });
      let text = '';
      let status = 0;
      stream.once('response', (headers) => (status = headers[':status'] ?? 0));
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      stream.once('error', reject).once('end', () => resolve({ status, text }));
    });
  } finally {
    session.destroy();
  }
}
