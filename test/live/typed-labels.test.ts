/** What labels do to requests: one stack, one app for each label or pair of labels. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerCases } from '../support/labels/answer-cases.ts';
import type { Case, Cases } from '../support/labels/case.ts';
import { connectionCases } from '../support/labels/connection-cases.ts';
import { healthCases } from '../support/labels/health-cases.ts';
import { protectionCases } from '../support/labels/protection-cases.ts';
import { rewritingCases } from '../support/labels/rewriting-cases.ts';
import { tokenCases } from '../support/labels/token-cases.ts';
import { routingCases } from '../support/labels/routing-cases.ts';
import { startClear, startCounting, startPicky, startTls } from '../support/labels/task-servers.ts';
import { app, healthCheck } from '../support/marathon/apps.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { createDisposables } from '../support/program/disposables.ts';
import { startStack, type Stack } from '../support/program/stack.ts';

const cases: Cases = {
  ...connectionCases,
  ...rewritingCases,
  ...protectionCases,
  ...tokenCases,
  ...healthCases,
  ...answerCases,
  ...routingCases,
};
const ids = Object.keys(cases);
const held = createDisposables();
let stack: Stack;
let certificate = '';
/** Nobody listens on port 1. */
let ports = { tls: 0, h2c: 0, picky: 0, counting: 0, nobody: 1 };

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'typed-'));
  held.defer(() => rm(folder, { recursive: true, force: true }));
  certificate = await makeCertificate(folder, 'tls.internal');
  ports = {
    tls: held.use(await startTls(certificate)).port,
    h2c: held.use(await startClear()).port,
    picky: held.use(await startPicky()).port,
    counting: held.use(await startCounting()).port,
    nobody: 1,
  };
  stack = held.use(
    await startStack({
      args: () => ['--auth-scope', 'all'],
      apps: ({ service }) =>
        Object.entries(cases).map(([id, { labels, instances, env, isChecked, server }], at) => {
          const more = {
            ...(instances && { instances }),
            ...(env && { env }),
            ...(isChecked && { healthChecks: [healthCheck] }),
          };
          return app(`/${id}`, service[at] ?? 0, labelsOf(id, labels, server), more);
        }),
    }),
  );
  await served();
});
afterAll(() => held[Symbol.asyncDispose]());

test.each(ids)('%s', async (id) => {
  expect.hasAssertions();
  await cases[id]?.check((path = '/', options = {}) => stack.get(path, { host: `${id}.test`, ...options }), {
    id: `/${id}`,
    port: portOf(id),
    stats: stack.ports.stats,
  });
});

test('labels about servers change without a reload: new tasks come with the new words', async () => {
  const own = { MAX_CONNECTIONS: '7', MAX_QUEUE: '9', SLOW_START: '1s' };
  const tls = cases['protocol-h2']?.labels ?? {};
  const labels = labelsOf('protocol-h2', { ...tls, ...own }, 'tls');
  const mark = stack.daemon.mark();
  await stack.change('/protocol-h2', { labels });
  await stack.eventually(async () => {
    const lines = (await stack.configText()).match(/^ {2}server \S+ 127\.0\.0\.1:\d+ .*alpn h2.*$/gm) ?? [];
    expect(lines.map((line) => / maxconn 7 maxqueue 9 slowstart 1s /.test(line))).toEqual([true, false]);
    expect((await stack.get('/', { host: 'protocol-h2.test' })).text).toBe('2.0 true tls.internal');
  });
  await stack.daemon.until(/server \+ .* to \/protocol-h2:\d+/, mark);
  expect(stack.daemon.text().slice(mark)).not.toContain('HAProxy reloaded');
});

test('a new task of an app with SLOW_START gets few requests at first', async () => {
  const ask = async (): Promise<unknown> => (await stack.get('/', { host: 'slow-start.test' })).task;
  const first = await ask();
  await stack.scale('/slow-start', 2);
  await stack.eventually(async () => {
    const tasks: unknown[] = [];
    while (tasks.length < 20) tasks.push(await ask());
    expect(new Set(tasks).size).toBe(2);
    expect(tasks.filter((task) => task === first).length).toBeGreaterThan(14);
  });
});

test('no app has a problem', () => {
  const complaints = stack.daemon
    .text()
    .split('\n')
    .filter((line) => / app \//.test(line) && !line.includes('[auth-open]'));
  expect(complaints).toEqual([]);
});

/** Waits until all apps are there, with all their tasks. */
async function served(): Promise<void> {
  await stack.sim.idle();
  await stack.eventually(async () => {
    const text = await stack.configText();
    for (const [id, { instances = 1, server }] of Object.entries(cases)) {
      const [, backend = ''] = new RegExp(`^backend ${id}_\\d+\\n([^]*?)(?:\\n\\n|$(?![^]))`, 'm').exec(text) ?? [];
      expect({ id, servers: backend.match(/^ {2}server /gm)?.length }).toEqual({ id, servers: server ? 1 : instances });
    }
    const statuses = await Promise.all(ids.map(async (id) => [id, await isServed(id)]));
    expect(statuses.filter(([, served]) => served !== true)).toEqual([]);
  });
}

function labelsOf(id: string, labels: Case['labels'], server: Case['server']): Record<string, string> {
  const all: Record<string, string> = labels['MODE'] === 'tcp' ? { ...labels } : { VHOST: `${id}.test`, ...labels };
  if (server) all['BACKEND_SERVER_OPTIONS'] = `  server {serverName} 127.0.0.1:${ports[server]}{healthCheckOptions}\n`;
  const own = Object.entries(all).map(([name, value]) => [`HAPROXY_0_${name}`, value.replace('CERTIFICATE', certificate)]);
  return { HAPROXY_GROUP: 'external', ...Object.fromEntries(own) };
}

function portOf(id: string): number {
  return stack.ports.service[ids.indexOf(id)] ?? 0;
}

/** Whether the service port takes connections: the configuration is live. */
function isServed(id: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: portOf(id), host: '127.0.0.1' }, () => socket.end());
    socket.on('error', () => resolve(false));
    socket.on('end', () => resolve(true));
    socket.on('close', () => resolve(true));
    socket.resume();
  });
}
