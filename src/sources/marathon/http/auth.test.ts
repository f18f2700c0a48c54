import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { endless, json, serve, until } from '../../../../test/support/marathon/marathon-http.ts';
import type { TestServer } from '../../../../test/support/marathon/marathon-http.ts';
import { Secret } from '../../../lib/secret.ts';
import { silent } from '../../../log/logger.ts';
import { createClient } from './client.ts';
import type { MarathonClient } from './client.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (type: 'pkcs1' | 'pkcs8'): string => privateKey.export({ type, format: 'pem' }).toString();

/** Issues tokens that live so many seconds; `valid` tells those that count. */
function login(life = 3600): { handle: TestServer['handle']; valid: Set<string> } {
  const valid = new Set<string>();
  return {
    valid,
    handle: (request, response) => {
      const exp = Math.floor(Date.now() / 1000) + life;
      const token = ['{"alg":"none"}', JSON.stringify({ exp, jti: valid.size }), 'x']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.');
      valid.add(`token=${token}`);
      json({ token })(request, response);
    },
  };
}

function clientOf(marathon: TestServer, acs: TestServer, key = pem('pkcs8'), urls = [marathon.url]): MarathonClient {
  const auth = {
    kind: 'dcos' as const,
    uid: 'mlb',
    privateKey: new Secret(key),
    loginEndpoint: `${acs.url}/acs/api/v1/auth/login`,
  };
  return createClient({ urls, auth, insecure: false, maxBackoff: 1, lruCacheCapacity: 1 }, { log: silent, version: '0' });
}

const guarded = (valid: ReadonlySet<string>): TestServer['handle'] => {
  return (request, response) => json({}, valid.has(request.headers.authorization ?? '') ? 200 : 401)(request, response);
};

describe('DC/OS', () => {
  test.each(['pkcs1', 'pkcs8'] as const)('logs in once with a %s key', async (type) => {
    const { handle, valid } = login();
    await using acs = await serve(handle);
    await using marathon = await serve(guarded(valid));
    await using client = clientOf(marathon, acs, pem(type));
    await Promise.all([client.getJson('/v2/apps'), client.getJson('/v2/apps')]);
    await client.getJson('/v2/apps');
    expect(acs.requests).toHaveLength(1);
    const sent = JSON.parse(acs.requests[0]!.body) as { uid: string; token: string };
    const { payload, protectedHeader } = await jwtVerify(sent.token, publicKey);
    expect(sent.uid).toBe('mlb');
    expect(payload['uid']).toBe('mlb');
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT' });
  });

  test('renews a token that is about to end', async () => {
    const { handle, valid } = login(20);
    await using acs = await serve(handle);
    await using marathon = await serve(guarded(valid));
    await using client = clientOf(marathon, acs);
    await client.getJson('/v2/apps');
    await client.getJson('/v2/apps');
    expect(acs.requests).toHaveLength(2);
  });

  test('after a 401 logs in once and asks once again', async () => {
    const { handle, valid } = login();
    await using acs = await serve(handle);
    await using marathon = await serve(guarded(valid));
    await using client = clientOf(marathon, acs);
    await client.getJson('/v2/apps');
    valid.clear();
    await client.getJson('/v2/apps');
    expect([acs.requests.length, marathon.requests.length]).toEqual([2, 3]);
    marathon.handle = json({}, 401);
    await expect(client.getJson('/v2/apps')).rejects.toThrow(/401/);
    expect([acs.requests.length, marathon.requests.length]).toEqual([3, 5]);
  });

  test('a refused login leaves no connection behind', async () => {
    const { handle, valid } = login();
    await using acs = await serve(handle);
    await using marathon = await serve(guarded(valid));
    await using client = clientOf(marathon, acs);
    await client.getJson('/v2/apps');
    acs.handle = json({}, 500);
    let isOpen = true;
    marathon.handle = (request, response) => {
      request.socket.once('close', () => (isOpen = false));
      response.writeHead(401).write('begun');
    };
    await expect(client.getJson('/v2/apps')).rejects.toThrow(/login at .*answers 500/);
    await until(() => !isOpen);
  });

  test('a login that hangs does not hold up the end', async () => {
    await using acs = await serve(() => {});
    await using marathon = await serve(json({}));
    await using client = clientOf(marathon, acs);
    const stop = new AbortController();
    const asking = client.getJson('/v2/apps', stop.signal);
    await until(() => acs.requests.length === 1);
    stop.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });

  test('a refused login names the account; a broken key is not quoted', async () => {
    await using acs = await serve(json({}, 401));
    await using marathon = await serve(json({}));
    await using refused = clientOf(marathon, acs);
    await expect(refused.getJson('/v2/apps')).rejects.toThrow(/login at .*answers 401.*"mlb"/);
    await using broken = clientOf(marathon, acs, '-----BEGIN PRIVATE KEY-----\nhunter2');
    const error = await broken.getJson('/v2/apps').catch((error: unknown) => error as Error);
    expect(String(error)).toMatch(/no PEM private key/);
    expect(String(error)).not.toContain('hunter2');
    expect(marathon.requests).toHaveLength(0);
  });

  test('a login that answers without an end is a failed login', async () => {
    await using acs = await serve(endless('x'));
    await using marathon = await serve(json({}));
    await using client = clientOf(marathon, acs);
    await expect(client.getJson('/v2/apps')).rejects.toThrow(/login at .* gives an answer of more than 1000000 bytes/);
  });

  test('a refused login is asked once, however many endpoints there are', async () => {
    await using acs = await serve(json({}, 401));
    await using marathon = await serve(json({}));
    await using client = clientOf(marathon, acs, undefined, [marathon.url, `${marathon.url}/other`]);
    await expect(client.getJson('/v2/apps')).rejects.toThrow(/login/);
    expect(acs.requests).toHaveLength(1);
  });
});
