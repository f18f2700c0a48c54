import { describe, expect, test } from 'vitest';
import { json, serve } from '../../../../test/support/marathon/marathon-http.ts';
import type { TestServer } from '../../../../test/support/marathon/marathon-http.ts';
import { silent } from '../../../log/logger.ts';
import { createClient } from '../http/client.ts';
import type { MarathonClient } from '../http/client.ts';
import { createAppReader } from './app-reader.ts';
import type { AppReaderOptions } from './app-reader.ts';
import type { Source } from '../../source.ts';

const signal = new AbortController().signal;
const task = (id: string, more: object = {}): object => ({ id, host: '10.0.0.1', ports: [31_000], ...more });
const app = (id: string, ...tasks: object[]): object => ({ id, labels: { HAPROXY_GROUP: 'external' }, tasks });
const alive = { healthCheckResults: [{ alive: false }, { alive: true }] };
const dead = { healthCheckResults: [{ alive: false }] };

interface FakeMarathon extends AsyncDisposable {
  readonly server: TestServer;
  readonly client: MarathonClient;
  readonly source: Pick<Source, 'read'>;
}

async function startFake(
  settings: { frameworkName?: string; lruCacheCapacity?: number } = {},
  options: Partial<AppReaderOptions> = {},
): Promise<FakeMarathon> {
  const server = await serve(json({ apps: [] }));
  const all = {
    urls: [server.url],
    auth: { kind: 'none' as const },
    insecure: false,
    maxBackoff: 1,
    lruCacheCapacity: 1000,
    ...settings,
  };
  const client = createClient(all, { log: silent, version: '0' });
  return {
    server,
    client,
    source: createAppReader(client, all, { log: silent, ...options }),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('readAll', () => {
  test('gives the apps in their order, and the unreadable ones apart', async () => {
    await using it = await startFake();
    it.server.handle = json({ apps: [app('/b'), { id: '/bad', ports: 'x' }, 5, app('/a'), app('/b')] });
    const { workloads, rejected } = await it.source.read('all', signal);
    expect(it.server.requests[0]?.url).toBe('/v2/apps?embed=apps.tasks');
    expect(workloads.map(({ id }) => id)).toEqual(['/b', '/a']);
    expect(rejected.map(({ code, app }) => [code, app])).toEqual([
      ['app-unreadable', '/bad'],
      ['app-unreadable', 'number 3 of the answer'],
      ['app-unreadable', '/b'],
    ]);
  });

  test('no apps are an answer, an answer without the array is an error', async () => {
    await using it = await startFake();
    expect(await it.source.read('all', signal)).toMatchObject({ workloads: [], rejected: [] });
    for (const answer of [{}, [], null, { apps: {} }]) {
      it.server.handle = json(answer);
      await expect(it.source.read('all', signal)).rejects.toMatchObject({
        message: expect.stringMatching(/http:\/\/127\.0\.0\.1:\d+: .*no array "apps"/),
        failures: [{ error: { code: 'unexpected-answer' } }],
      });
    }
  });

  test('an answer with more apps than there can be is an error', async () => {
    await using it = await startFake();
    it.server.handle = (_, response) =>
      void response.writeHead(200).end(`{"apps":[{"id":"/a"}${',{"id":"/a"}'.repeat(100_000)}]}`);
    await expect(it.source.read('all', signal)).rejects.toMatchObject({ failures: [{ error: { code: 'too-large' } }] });
  });

  test('passes over the load balancer itself, readable or not', async () => {
    await using it = await startFake({ frameworkName: 'infra/mlb' });
    it.server.handle = json({ apps: [app('/infra/mlb'), app('/a'), { id: '/infra/mlb', ports: 'x' }] });
    const { workloads, rejected } = await it.source.read('all', signal);
    expect(workloads.map(({ id }) => id)).toEqual(['/a']);
    expect(rejected).toEqual([]);
  });

  test('remembers the verdict of a task while its results are missing or empty', async () => {
    await using it = await startFake();
    it.server.handle = json({ apps: [app('/a', task('up', alive), task('down', dead), task('new'))] });
    expect([...(await it.source.read('all', signal)).health]).toEqual([]);
    it.server.handle = json({ apps: [app('/a', task('up', { healthCheckResults: [] }), task('down'), task('new'))] });
    const expected = [
      ['up', true],
      ['down', false],
    ];
    expect([...(await it.source.read('all', signal)).health]).toEqual(expected);
    expect([...(await it.source.read('all', signal)).health]).toEqual(expected);
  });

  test('remembers nothing where it is read once only', async () => {
    await using it = await startFake({}, { once: true });
    it.server.handle = json({ apps: [app('/a', task('up', alive))] });
    await it.source.read('all', signal);
    it.server.handle = json({ apps: [app('/a', task('up'))] });
    expect((await it.source.read('all', signal)).health.size).toBe(0);
  });

  test('the capacity is no limit for tasks that are there; those that are gone are forgotten', async () => {
    await using it = await startFake({ lruCacheCapacity: 1 });
    it.server.handle = json({
      apps: [app('/a', task('1', alive), task('2', alive), task('3', alive)), app('/b', task('4', alive))],
    });
    await it.source.read('all', signal);
    it.server.handle = json({ app: app('/b', task('4')) });
    expect((await it.source.read(new Set(['/b']), signal)).health.size).toBe(1);
    it.server.handle = json({ apps: [app('/a', task('1'), task('2'), task('3')), app('/b', task('4'))] });
    expect((await it.source.read('all', signal)).health.size).toBe(4);
    it.server.handle = json({ apps: [app('/b', task('4'))] });
    await it.source.read('all', signal);
    it.server.handle = json({ apps: [app('/a', task('1'), task('2'), task('3')), app('/b', task('4'))] });
    expect([...(await it.source.read('all', signal)).health.keys()]).toEqual(['4']);
  });

  test('looks up each host name once, and keeps what it knew when that fails later', async () => {
    let now = 0;
    let broken = false;
    const asked: string[] = [];
    const lookup = (host: string): Promise<string> => {
      asked.push(host);
      return broken || host === 'nowhere' ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve('10.9.9.9');
    };
    await using it = await startFake({}, { lookup, now: () => now });
    const hosts = ['agent-1', 'agent-1', 'nowhere', '10.0.0.1', 'fe80::1', ''];
    it.server.handle = json({ apps: [app('/a', ...hosts.map((host, index) => task(`t${index}`, { host })), { id: 'x' })] });
    expect([...(await it.source.read('all', signal)).addresses]).toEqual([['agent-1', '10.9.9.9']]);
    expect(asked).toEqual(['agent-1', 'nowhere']);
    await it.source.read('all', signal);
    expect(asked).toEqual(['agent-1', 'nowhere', 'nowhere']);
    broken = true;
    now = 1e9;
    expect([...(await it.source.read('all', signal)).addresses]).toEqual([['agent-1', '10.9.9.9']]);
    expect(asked.slice(3).sort()).toEqual(['agent-1', 'nowhere']);
  });
});

describe('readApps', () => {
  test('reads the named ones, says which are gone and which cannot be read', async () => {
    await using it = await startFake({ frameworkName: 'mlb' });
    it.server.handle = (request, response) => {
      const path = (request.url ?? '').replace(/\?.*/, '');
      if (path === '/v2/apps/shop/web') json({ app: app('/shop/web', task('t', alive)) })(request, response);
      else if (path === '/v2/apps/bad') json({ app: { id: 5 } })(request, response);
      else json({ message: `App '${path}' does not exist` }, 404)(request, response);
    };
    const read = await it.source.read(new Set(['/shop/web', '/gone', '/bad', '/mlb', '/shop/web', '/../leader']), signal);
    expect(read.workloads.map(({ id }) => id)).toEqual(['/shop/web']);
    expect(read.gone).toEqual(['/gone', '/mlb', '/../leader']);
    expect(read.rejected).toMatchObject([{ code: 'app-unreadable', app: '/bad' }]);
    expect(it.server.requests.map(({ url }) => url).sort()).toEqual([
      '/v2/apps/bad?embed=app.tasks',
      '/v2/apps/gone?embed=app.tasks',
      '/v2/apps/shop/web?embed=app.tasks',
    ]);
  });

  test('an answer without the app is no mistake of the app', async () => {
    await using it = await startFake();
    for (const answer of [{}, { apps: [] }, null]) {
      it.server.handle = json(answer);
      await expect(it.source.read(new Set(['/a']), signal)).rejects.toMatchObject({ code: 'unexpected-answer' });
    }
  });

  test('an answer about another app does not take its place', async () => {
    await using it = await startFake();
    for (const other of [app('/b'), { ...app('/b'), networks: [null] }]) {
      it.server.handle = json({ app: other });
      await expect(it.source.read(new Set(['/a']), signal)).rejects.toMatchObject({ code: 'unexpected-answer' });
    }
  });

  test('a Marathon that fails is no app that is gone', async () => {
    await using it = await startFake();
    it.server.handle = (_request, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
    await expect(it.source.read(new Set(['/a']), signal)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
