import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, makeCa, serve } from '../../../../test/support/marathon/marathon-http.ts';
import type { Handler, TestCa } from '../../../../test/support/marathon/marathon-http.ts';
import { shareOfHeap } from '../../../lib/text/parse-json.ts';
import { Secret } from '../../../lib/secret.ts';
import type { MarathonSettings } from '../../../config/settings.ts';
import { silent } from '../../../log/logger.ts';
import { appsCollector } from '../apps/collect-apps.ts';
import { createClient } from './client.ts';
import type { ClientOptions, MarathonClient } from './client.ts';
import { MarathonUnreachable } from '../error.ts';
import type { MarathonError } from '../error.ts';

const clientOf = (
  urls: readonly string[],
  settings: Partial<MarathonSettings> = {},
  options: Partial<ClientOptions> = {},
): MarathonClient => {
  return createClient(
    { urls, auth: { kind: 'none' }, insecure: false, maxBackoff: 300, lruCacheCapacity: 1000, ...settings },
    { log: silent, version: '2.0.0', ...options },
  );
};

const user = { auth: { kind: 'basic' as const, user: 'joe', password: new Secret('s3:cret') } };
const BASIC = `Basic ${Buffer.from('joe:s3:cret').toString('base64')}`;

/** The error of the first endpoint. */
async function failureOf(promise: Promise<unknown>): Promise<MarathonError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(MarathonUnreachable);
  return (error as MarathonUnreachable).failures[0]!.error;
}

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const raw = (status: number, type: string, text: string | Buffer, headers: Record<string, string> = {}): Handler => {
  return (_request, response) => void response.writeHead(status, { 'content-type': type, ...headers }).end(text);
};

const to = (location: string): Handler => raw(302, 'text/plain', '', { location });

describe('one endpoint', () => {
  test('asks below the base path, says who it is and what it takes', async () => {
    await using server = await serve(json({ apps: [] }, 200, { 'x-marathon-leader': 'http://m1:8080' }));
    await using client = clientOf([`${server.url}/service/marathon/`]);
    expect(await client.getJson('/v2/apps?embed=apps.tasks')).toEqual({ apps: [] });
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      url: '/service/marathon/v2/apps?embed=apps.tasks',
      headers: { accept: 'application/json', 'user-agent': 'marathon-lb/2.0.0' },
    });
    expect(client.leader).toBe('http://m1:8080');
  });

  test('unpacks gzip', async () => {
    await using server = await serve(raw(200, 'application/json', gzipSync('{"a":"ü"}'), { 'content-encoding': 'gzip' }));
    await using client = clientOf([server.url]);
    expect(await client.getJson('/v2/apps')).toEqual({ a: 'ü' });
    expect(server.requests[0]?.headers['accept-encoding']).toBe('gzip');
  });

  test('sends the credentials of the settings, or those of the URL', async () => {
    await using server = await serve(json({}));
    await using byOption = clientOf([server.url], user);
    await using byUrl = clientOf([server.url.replace('//', '//jane:p%40ss@')], user);
    await byOption.getJson('/ping');
    await byUrl.getJson('/ping');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      BASIC,
      `Basic ${Buffer.from('jane:p@ss').toString('base64')}`,
    ]);
  });

  test.each([
    [raw(200, 'text/html', '<html>login</html>'), 'not-json', /HTML.*base path/],
    [raw(200, 'application/json', '{"apps":[{"id":"/a","env":{"PASSWORD":"hunter2"}'), 'truncated', /ends too early/],
    [raw(200, 'application/json', '{"apps": hunter2}'), 'not-json', /no JSON/],
    [
      raw(200, 'application/json', gzipSync('{"apps":[]}').subarray(0, 20), { 'content-encoding': 'gzip' }),
      'truncated',
      /unpacked/,
    ],
    [json({ message: 'Invalid username or password.' }, 401), 'unauthorized', /--auth-credentials/],
    [json({ message: 'Not Authorized to perform this action!' }, 403), 'forbidden', /Not Authorized/],
    [raw(404, 'text/html', '<html>'), 'not-found', /base path/],
    [json({ message: 'URI not found' }, 500), 'not-found', /URI not found/],
    [raw(503, 'text/html', '<html>'), 'server-error', /503/],
    [raw(200, 'application/json', 'x'.repeat(2000)), 'too-large', /1000 bytes/],
  ] as const)('a bad answer is said clearly and without its text (%#)', async (handler, code, message) => {
    await using server = await serve(handler);
    await using client = clientOf([server.url], {}, { maxBody: 1000 });
    const error = await failureOf(client.getJson('/v2/apps'));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(error.message).toContain(server.url);
    expect(`${error.message} ${String(error.cause)}`).not.toContain('hunter2');
  });

  test.each([
    // What Node throws beyond half a gigabyte, without half a gigabyte.
    { push: () => void 'x'.repeat(2 ** 30), end: () => 0 },
    { push: () => {}, end: () => void 'x'.repeat(2 ** 30) },
  ])('an answer that is too long for a text of this program is a sentence about the answer (%#)', async (collector) => {
    await using server = await serve(json({ apps: [] }));
    await using client = clientOf([server.url]);
    expect(await failureOf(client.collect('/v2/apps', () => collector))).toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/costs too much memory to be read \(Invalid string length\): is it Marathon's/) as string,
    });
  });

  test('an answer of too many values is refused before it costs memory', async () => {
    const deep = '['.repeat(shareOfHeap(256) + 1);
    await using server = await serve(raw(200, 'application/json', `{"apps":[{"id":"/a","x":${deep}`));
    await using client = clientOf([server.url]);
    for (const ask of [() => client.getJson('/v2/apps'), () => client.collect('/v2/apps', appsCollector)])
      expect(await failureOf(ask())).toMatchObject({
        code: 'too-large',
        message: expect.stringMatching(/more than \d+ values/) as string,
      });
  });

  test('the text of an error is bounded', async () => {
    await using server = await serve(raw(500, 'text/plain', 'x'.repeat(17 * 1024 * 1024)));
    await using client = clientOf([server.url]);
    expect(await failureOf(client.getJson('/v2/apps'))).toMatchObject({ code: 'too-large' });
  });

  test.each([
    ['POST', '/v2/apps', /: give the account the right to create apps$/],
    ['POST', '/v2/tasks/delete?scale=true', /: give the account the right to kill tasks and scale apps$/],
    ['PUT', '/v2/apps/shop/web?force=true', /: give the account the right to change the app \/shop\/web$/],
    ['DELETE', '/v2/apps/shop/web', /: give the account the right to delete the app \/shop\/web$/],
  ] as const)('a 403 names the right that is missing: %s %s', async (method, path, message) => {
    await using server = await serve(json({ message: 'Not Authorized' }, 403));
    await using client = clientOf([server.url]);
    const error = await failureOf(client.request({ method, path }));
    expect(error).toMatchObject({ code: 'forbidden', message: expect.stringMatching(message) as string });
  });

  test("Marathon's own 404 is an answer, not a failure of the endpoint", async () => {
    await using server = await serve(json({ message: "App '/x' does not exist" }, 404));
    await using client = clientOf([server.url]);
    await expect(client.getJson('/v2/apps/x')).rejects.toMatchObject({ name: 'MarathonError', code: 'not-found', status: 404 });
    expect(await client.request({ method: 'DELETE', path: '/v2/apps/x' })).toMatchObject({ status: 404 });
  });

  test('an answer that breaks off is told from one that is short', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"apps":[');
      setTimeout(() => response.destroy(), 20);
    });
    await using client = clientOf([server.url]);
    expect(await failureOf(client.getJson('/v2/apps'))).toMatchObject({ code: 'truncated' });
  });

  test('the time for the whole answer ends, also in the body', async () => {
    await using server = await serve((_request, response) => void response.writeHead(200).write('['));
    await using client = clientOf([server.url], {}, { answerTimeout: 50 });
    expect(await failureOf(client.getJson('/v2/apps'))).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('0.05 s') as string,
    });
  });

  test('stops at the signal, with its reason', async () => {
    await using server = await serve(() => {});
    await using client = clientOf([server.url]);
    const stop = new AbortController();
    const asking = client.getJson('/v2/apps', stop.signal);
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(asking).rejects.toThrow('enough');
  });

  test('a kept connection that was closed meanwhile is no failure', async () => {
    let count = 0;
    await using server = await serve((request, response) => {
      if (++count === 2) request.socket.destroy();
      else json({ count })(request, response);
    });
    await using client = clientOf([server.url]);
    await client.getJson('/v2/apps');
    expect(await client.getJson('/v2/apps')).toEqual({ count: 3 });
  });

  test('sends JSON', async () => {
    await using server = await serve(json({ deploymentId: 'x' }));
    await using client = clientOf([server.url]);
    const answer = await client.request({ method: 'PUT', path: '/v2/apps/a', body: { instances: 2 } });
    expect(answer).toMatchObject({ status: 200, text: '{"deploymentId":"x"}' });
    expect(server.requests[0]).toMatchObject({
      method: 'PUT',
      body: '{"instances":2}',
      headers: { 'content-type': 'application/json' },
    });
  });
});

describe('several endpoints', () => {
  test('asks the next on a connection error or a 5xx, and that one first from then on', async () => {
    await using broken = await serve(raw(502, 'text/html', '<html>'));
    await using good = await serve(json({ ok: true }));
    await using client = clientOf([`http://127.0.0.1:${await closedPort()}`, broken.url, good.url]);
    expect(await client.getJson('/v2/apps')).toEqual({ ok: true });
    expect(await client.getJson('/v2/apps')).toEqual({ ok: true });
    expect([broken.requests.length, good.requests.length]).toEqual([1, 2]);
  });

  test('when all fail one error names each with its failure, without passwords', async () => {
    await using broken = await serve(raw(503, 'text/html', '<html>'));
    const closed = await closedPort();
    await using client = clientOf([`http://joe:s3cret@127.0.0.1:${closed}`, broken.url]);
    const error = await client.getJson('/v2/apps').catch((error: unknown) => error as MarathonUnreachable);
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    const { message, failures } = error as MarathonUnreachable;
    expect(failures.map(({ error }) => error.code)).toEqual(['connect', 'server-error']);
    expect(message).toContain(`no connection to http://127.0.0.1:${closed}/`);
    expect(message).toContain(`${broken.url}/v2/apps answers 503`);
    expect(message).not.toContain('s3cret');
  });

  test('a write is not repeated where it may have been done', async () => {
    await using broken = await serve((request) => request.socket.destroy());
    await using good = await serve(json({}));
    await using client = clientOf([broken.url, good.url]);
    expect(await failureOf(client.request({ method: 'POST', path: '/v2/apps', body: {} }))).toMatchObject({ code: 'connection' });
    expect(good.requests).toHaveLength(0);
    await using refused = clientOf([`http://127.0.0.1:${await closedPort()}`, good.url]);
    expect(await refused.request({ method: 'POST', path: '/v2/apps', body: {} })).toMatchObject({ status: 200 });
  });
});

describe('redirects', () => {
  test('the leader gets the credentials', async () => {
    await using leader = await serve(json({ leader: true }));
    await using standby = await serve(to(`${leader.url}/v2/apps?x=1`));
    await using client = clientOf([standby.url], user);
    expect(await client.getJson('/v2/apps?x=1')).toEqual({ leader: true });
    expect(leader.requests[0]?.headers.authorization).toBe(BASIC);
  });

  test('a login page does not', async () => {
    await using login = await serve(json({ message: 'log in' }, 401));
    await using server = await serve(to(`${login.url}/login?next=/v2/apps`));
    await using client = clientOf([server.url], user);
    expect((await failureOf(client.getJson('/v2/apps'))).message).toMatch(/not sent where a redirect leads/);
    expect(login.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('what else they say is not waited for', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/base/v2/apps') return json({ leader: true })(request, response);
      response.writeHead(302, { location: '/base/v2/apps' }).write('x'.repeat(1_000_000));
    });
    await using client = clientOf([server.url]);
    expect(await client.getJson('/v2/apps')).toEqual({ leader: true });
  });

  test('only one is followed, and only to http(s)', async () => {
    await using server = await serve(to('/v2/apps'));
    await using client = clientOf([server.url]);
    expect(await failureOf(client.getJson('/v2/apps'))).toMatchObject({ code: 'redirect' });
    server.handle = to('file:///etc/passwd');
    expect(await failureOf(client.getJson('/v2/apps'))).toMatchObject({ code: 'redirect' });
  });
});

describe('TLS', () => {
  let ca: TestCa;
  beforeAll(async () => {
    ca = await makeCa();
  });
  afterAll(() => ca[Symbol.dispose]());

  test('is verified, and the error names both ways out', async () => {
    await using server = await serve(json({}), ca);
    await using client = clientOf([server.url]);
    const error = await failureOf(client.getJson('/v2/apps'));
    expect(error.code).toBe('tls');
    expect(error.message).toContain('--marathon-ca-cert');
    expect(error.message).toContain('--marathon-insecure');
  });

  test('says what else than the CA is wrong', async () => {
    await using plain = await serve(json({}));
    await using named = await serve(json({}), ca);
    await using first = clientOf([plain.url.replace('http:', 'https:')]);
    await using second = clientOf([named.url.replace('127.0.0.1', 'localhost')], { caCert: ca.caFile });
    expect((await failureOf(first.getJson('/v2/apps'))).message).toMatch(/it does not speak TLS: check the port in --marathon/);
    expect((await failureOf(second.getJson('/v2/apps'))).message).toMatch(/its certificate is for other names/);
  });

  test('works with the CA, or unverified', async () => {
    await using server = await serve(json({ ok: 1 }), ca);
    await using verified = clientOf([server.url], { caCert: ca.caFile });
    await using unverified = clientOf([server.url], { insecure: true });
    expect(await verified.getJson('/v2/apps')).toEqual({ ok: 1 });
    expect(await unverified.getJson('/v2/apps')).toEqual({ ok: 1 });
  });

  test('a CA file that cannot be read is said at the start', () => {
    expect(() => clientOf(['https://127.0.0.1:1'], { caCert: '/nonexistent/ca.pem' })).toThrow(/\/nonexistent\/ca\.pem.*ENOENT/);
  });

  test('credentials never go from https to http', async () => {
    await using plain = await serve(json({ ok: 1 }));
    await using server = await serve(raw(302, 'text/plain', '', { location: `${plain.url}/v2/apps` }), ca);
    await using client = clientOf([server.url], { caCert: ca.caFile, ...user });
    await client.getJson('/v2/apps');
    expect(server.requests[0]?.headers.authorization).toBe(BASIC);
    expect(plain.requests[0]?.headers.authorization).toBeUndefined();
  });
});
