import { expect } from 'vitest';
import type { Answer, RequestOptions } from '../network/request.ts';
import type { Cases } from './case.ts';

export const rewritingCases: Cases = {
  redirect: {
    labels: { REDIRECT_FROM: 'www.redirect.test,old.redirect.test', REDIRECT_CODE: '308', HTTP_BACKEND_PROXYPASS_PATH: '/app' },
    async check(ask) {
      const location = async (options: Partial<RequestOptions>): Promise<unknown> => {
        const { status, headers } = await ask('/app/x?y=1', options);
        return [status, headers.location];
      };
      expect(await location({ host: 'www.redirect.test' })).toEqual([308, 'http://redirect.test/app/x?y=1']);
      expect(await location({ host: 'OLD.redirect.test' })).toEqual([308, 'http://redirect.test/app/x?y=1']);
      expect(await location({ host: 'www.redirect.test', sni: 'www.redirect.test' })).toEqual([
        308,
        'https://redirect.test/app/x?y=1',
      ]);
      expect(await ask('/app/x')).toMatchObject({ status: 200, seen: '/x' });
    },
  },
  headers: {
    labels: {
      REQUEST_HEADERS: 'set X-Env: prod; del X-Debug; add X-More: 100% "$HOME" # all',
      RESPONSE_HEADERS: "set Content-Security-Policy: default-src 'self'; img-src *\ndel X-Sim-Task\nset X-Sim-App: 'a' \"b\" c",
    },
    async check(ask) {
      const { text, headers } = await ask('/', { headers: { 'x-env': 'test', 'x-debug': '1', 'x-more': 'mine' } });
      expect(JSON.parse(text)).toMatchObject({ headers: { 'x-env': 'prod', 'x-more': 'mine, 100% "$HOME" # all' } });
      expect(text).not.toContain('x-debug');
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'self'; img-src *",
        'x-sim-app': `'a' "b" c`,
      });
      expect(headers['x-sim-task']).toBeUndefined();
    },
  },
  rewrite: {
    labels: { REWRITE: '^/v([0-9]+)/(.*)$ /api/\\1/\\2; ^/old$ /new%20one\n^/(.*)\\.php$ /\\1' },
    async check(ask) {
      const seen = async (path: string): Promise<unknown> => (await ask(path)).seen;
      expect(await seen('/v2/a/b?x=/v3/')).toBe('/api/2/a/b?x=/v3/');
      expect(await seen('/old')).toBe('/new%20one');
      expect(await seen('/old/')).toBe('/old/');
      expect(await seen('/a/b.php?c')).toBe('/a/b?c');
      expect(await seen('/vx/a')).toBe('/vx/a');
    },
  },
  cors: {
    labels: {
      CORS_ORIGINS: 'https://shop.test,*.cors.test',
      CORS_METHODS: 'GET,PUT',
      CORS_CREDENTIALS: 'true',
      CORS_MAX_AGE: '10m',
    },
    async check(ask) {
      const from = async (origin: string, more: Partial<RequestOptions> = {}): Promise<Answer> =>
        ask('/', { ...more, headers: { origin, ...more.headers } });
      const preflight = {
        method: 'OPTIONS',
        headers: { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a, x-b' },
      };
      for (const origin of ['https://shop.test', 'http://a.cors.test:8080', 'https://a.b.cors.test']) {
        const allowed = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'Origin' };
        expect(await from(origin)).toMatchObject({ status: 200, app: '/cors', headers: allowed });
        expect(await from(origin, preflight)).toMatchObject({
          status: 204,
          app: undefined,
          headers: {
            ...allowed,
            'access-control-allow-methods': 'GET, PUT',
            'access-control-allow-headers': 'x-a, x-b',
            'access-control-max-age': '600',
          },
        });
      }
      for (const origin of [
        'https://shop.test.evil.test',
        'http://shop.test',
        'https://cors.test',
        'https://xcors.test',
        'null',
      ]) {
        for (const more of [{}, preflight]) {
          const { headers } = await from(origin, more);
          expect(headers['access-control-allow-origin']).toBeUndefined();
          expect(headers['access-control-allow-credentials']).toBeUndefined();
        }
      }
      expect(await ask('/', { method: 'OPTIONS' })).toMatchObject({ status: 200, app: '/cors' });
    },
  },
  'cors-any': {
    labels: { CORS_ORIGINS: '*', CORS_HEADERS: 'X-Token' },
    async check(ask) {
      expect((await ask()).headers['access-control-allow-origin']).toBe('*');
      const headers = { origin: 'https://any.test', 'access-control-request-method': 'PUT' };
      expect((await ask('/', { method: 'OPTIONS', headers })).headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'X-Token',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      });
    },
  },
};
