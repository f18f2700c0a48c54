import { expect } from 'vitest';
import { type Cases, TCP } from './case.ts';
import { echo } from './echo.ts';

// Hash of "secret" by crypt, SHA-512.
const HASH = '$6$marathonlb$.kZoKzkCiX1vRErX83wF0iuG.SPSiGsKhltXCkD3xGuHiq7vgR.j7YKPAg.0piVbpGuP/shsKBC.W.YIIfbvS0';

export const protectionCases: Cases = {
  allow: {
    labels: { ALLOW: '127.0.0.0/28; /admin 127.0.0.1', HTTP_BACKEND_PROXYPASS_PATH: '/cut' },
    async check(ask) {
      const statusOf = async (path: string, from: string): Promise<number> => (await ask(path, { from })).status;
      expect(await statusOf('/', '127.0.0.2')).toBe(200);
      expect(await statusOf('/', '127.0.0.16')).toBe(403);
      for (const path of ['/admin', '/admin/', '/admin/x?y', '/admin;x']) {
        expect([path, await statusOf(path, '127.0.0.1'), await statusOf(path, '127.0.0.2')]).toEqual([path, 200, 403]);
      }
      for (const path of [
        '//admin',
        '/%61dmin/x',
        '/x/../admin',
        '/x/%2e%2e/admin',
        '/x%2F..%2Fadmin',
        '/./admin',
        '/admin/..',
      ]) {
        expect([path, await statusOf(path, '127.0.0.2')]).toEqual([path, 403]);
      }
      for (const path of ['/adminx', '/x/admin', '/x?/admin/', '/x.y', '/cut/admin']) {
        expect([path, await statusOf(path, '127.0.0.2')]).toEqual([path, 200]);
      }
    },
  },
  deny: {
    labels: { DENY: '127.0.0.2; /admin 0.0.0.0/0', BACKEND_NETWORK_ALLOWED_ACL: '127.0.0.0/28' },
    async check(ask) {
      const statusOf = async (path: string, from: string): Promise<number> => (await ask(path, { from })).status;
      expect([await statusOf('/', '127.0.0.1'), await statusOf('/', '127.0.0.2')]).toEqual([200, 403]);
      expect([await statusOf('/admin', '127.0.0.1'), await statusOf('/', '127.0.0.16')]).toEqual([403, 403]);
    },
  },
  'allow-tcp': {
    labels: { MODE: 'tcp', ALLOW: '127.0.0.0/28', DENY: '127.0.0.2' },
    env: TCP,
    async check(_, { port }) {
      const got = ['127.0.0.1', '127.0.0.2', '127.0.0.16'].map((from) => echo(port, 'x', /x/, from));
      expect(await Promise.all(got)).toEqual(['x', '', '']);
    },
  },
  'rate-limit': {
    labels: { RATE_LIMIT: '3/10s', RATE_LIMIT_EXEMPT: '127.0.0.8/29' },
    async check(ask) {
      const statuses = async (from: string): Promise<readonly number[]> => {
        const found: number[] = [];
        while (found.length < 5) found.push((await ask('/', { from })).status);
        return found;
      };
      expect(await statuses('127.0.0.1')).toEqual([200, 200, 200, 429, 429]);
      expect((await ask()).headers['retry-after']).toBe('10');
      expect(await statuses('127.0.0.2')).toEqual([200, 200, 200, 429, 429]);
      expect(await statuses('127.0.0.9')).toEqual([200, 200, 200, 200, 200]);
    },
  },
  'client-connections': {
    labels: { CLIENT_CONNECTIONS: '1' },
    async check(ask) {
      const sleepers = async (...from: readonly string[]): Promise<readonly number[]> => {
        const answers = await Promise.all(from.map((each) => ask('/sleep?ms=300', { from: each })));
        return answers.map(({ status }) => status).sort((one, other) => one - other);
      };
      // Two that come in the same moment may both count before either is judged.
      await expect.poll(() => sleepers('127.0.0.1', '127.0.0.1')).toEqual([200, 429]);
      expect(await sleepers('127.0.0.1', '127.0.0.2', '127.0.0.3')).toEqual([200, 200, 200]);
      expect(await ask()).toMatchObject({ status: 200 });
    },
  },
  'max-body': {
    labels: { MAX_BODY: '1k' },
    async check(ask) {
      const send = async (length: number): Promise<number> =>
        (await ask('/', { method: 'POST', body: 'x'.repeat(length) })).status;
      expect([await send(1024), await send(1025)]).toEqual([200, 413]);
    },
  },
  'auth-users': {
    labels: { AUTH_USERS: `ann:${HASH}; bob:${HASH}`, CORS_ORIGINS: '*' },
    async check(ask, { port, id }) {
      expect(await ask()).toMatchObject({ status: 401, app: undefined });
      for (const user of ['ann', 'bob']) {
        expect(await ask('/', login(`${user}:secret`))).toMatchObject({ status: 200, app: id });
        expect(await ask('/', login(`${user}:wrong`))).toMatchObject({ status: 401 });
      }
      expect(await ask('/', { port })).toMatchObject({ status: 401 });
      const preflight = { 'access-control-request-method': 'PUT' };
      expect(await ask('/', { method: 'OPTIONS', headers: preflight })).toMatchObject({ status: 204, app: undefined });
      expect(await ask('/', { method: 'OPTIONS' })).toMatchObject({ status: 401 });
      expect(await ask('/', { headers: preflight })).toMatchObject({ status: 401 });
    },
  },
  'auth-cors': {
    labels: { AUTH: `The if Shop:ann:${HASH}`, CORS_ORIGINS: 'https://shop.test' },
    async check(ask, { id, port }) {
      const headers = { origin: 'https://shop.test', 'access-control-request-method': 'PUT' };
      const allowed = { status: 204, app: undefined, headers: { 'access-control-allow-origin': 'https://shop.test' } };
      for (const over of [{}, { sni: 'auth-cors.test' }, { port }]) {
        expect(await ask('/', { ...over, method: 'OPTIONS', headers })).toMatchObject(allowed);
        expect(await ask('/', { ...over, headers })).toMatchObject({ status: 401, app: undefined });
        expect(await ask('/', { ...over, method: 'OPTIONS' })).toMatchObject({ status: 401, app: undefined });
        expect(await ask('/', { ...over, ...login('ann:secret') })).toMatchObject({ status: 200, app: id });
        expect(await ask('/', { ...over, ...login('ann:wrong') })).toMatchObject({ status: 401 });
      }
    },
  },
};

function login(text: string): { readonly headers: Record<string, string> } {
  return { headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } };
}
