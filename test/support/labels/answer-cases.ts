import { expect } from 'vitest';
import type { RequestOptions } from '../network/request.ts';
import { type Ask, type Cases, TCP } from './case.ts';
import { echo } from './echo.ts';

export const answerCases: Cases = {
  maintenance: {
    labels: { MAINTENANCE: 'Back "soon", it\'s 50 % done # läuft', DENY: '127.0.0.2', RESPONSE_HEADERS: 'set X-A: b' },
    async check(ask) {
      expect(await ask()).toMatchObject({
        status: 503,
        app: undefined,
        text: 'Back "soon", it\'s 50 % done # läuft',
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'retry-after': '300', 'x-a': 'b' },
      });
      // Maintenance comes before all else.
      expect(await ask('/', { from: '127.0.0.2' })).toMatchObject({ status: 503 });
    },
  },
  'maintenance-html': {
    labels: { MAINTENANCE: '<h1>Back soon</h1>' },
    async check(ask) {
      expect(await ask()).toMatchObject({
        status: 503,
        text: '<h1>Back soon</h1>',
        headers: { 'content-type': 'text/html; charset=utf-8' },
      });
    },
  },
  'maintenance-tcp': {
    labels: { MODE: 'tcp', MAINTENANCE: 'true' },
    env: TCP,
    async check(_, { port }) {
      expect(await echo(port, 'x', /x/)).toBe('');
    },
  },
  compress: {
    labels: { COMPRESS: 'text/plain' },
    server: 'picky',
    async check(ask) {
      const encodingOf = async (headers: Readonly<Record<string, string>>): Promise<unknown> =>
        (await ask('/', { headers })).headers['content-encoding'];
      expect(await encodingOf({ 'accept-encoding': 'gzip' })).toBe('gzip');
      expect(await encodingOf({})).toBeUndefined();
    },
  },
  'compress-other': {
    labels: { COMPRESS: 'application/json' },
    server: 'picky',
    async check(ask) {
      expect((await ask('/', { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding']).toBeUndefined();
    },
  },
  cache: {
    labels: { CACHE: '60s', DENY: '127.0.0.2; /inner 127.0.0.3', RESPONSE_HEADERS: 'set X-A: b' },
    server: 'counting',
    async check(ask, { port }) {
      const { isKept, isShared } = keeping(ask);
      expect(await isKept('/?cache-control=max-age=30')).toBe(true);
      expect(await isKept('/?etag="x"')).toBe(true);
      expect(await isKept('/?cache-control=max-age=30&vary=accept-encoding')).toBe(true);
      const others = [
        '',
        '&cache-control=no-store',
        '&cache-control=private,max-age=30',
        '&cache-control=max-age=30&vary=accept-language',
      ];
      for (const query of others) expect([query, await isKept(`/other?a=b${query}`)]).toEqual([query, false]);
      expect(await isKept('/?cache-control=max-age=30&set-cookie=a=b')).toBe(false);
      expect(await isKept('/?cache-control=max-age=30&b=c', { method: 'POST' })).toBe(false);

      // What is kept is for all: nobody gets what was made for one, nor what one makes of it for others.
      const page = '/page?cache-control=max-age=30';
      const kept = await ask(page);
      expect((await ask(page)).text).toBe(kept.text);
      expect((await ask(page)).headers).toMatchObject({ 'x-a': 'b', 'x-path': '/page', age: expect.any(String) });
      const personal = [
        { cookie: 'a=b' },
        { authorization: 'Basic YTpi' },
        { upgrade: 'websocket', connection: 'upgrade' },
        { 'x-forwarded-host': 'evil.test' },
        { 'x-original-url': '/evil' },
        { forwarded: 'host=evil.test' },
        { 'x-forwarded-ssl': 'on' },
        { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-uri': '/evil' },
        { x_forwarded_host: 'evil.test' },
        { 'x-forwarded_prefix': '/evil' },
        { 'x-url-scheme': 'https' },
        { 'proxy-authorization': 'Basic YTpi' },
        { 'x-api-key': 'a' },
        { 'x-auth-token': 'a' },
      ];
      for (const headers of personal) {
        const path = `/for-one?cache-control=max-age=30&${Object.keys(headers)[0]}=1`;
        expect([headers, await isShared(path, { headers })]).toEqual([headers, false]);
        expect([headers, (await ask(page, { headers })).text === kept.text]).toEqual([headers, false]);
      }
      const ofProxy = { 'x-forwarded-for': '1.2.3.4' };
      expect(await isShared('/proxy?cache-control=max-age=30', { headers: ofProxy })).toBe(true);
      expect(await isShared('/host?cache-control=max-age=30', { host: 'evil.test', port })).toBe(false);
      expect(await isShared('/port?cache-control=max-age=30', { port })).toBe(false);
      expect(await isShared('/body?cache-control=max-age=30', { headers: { 'content-length': '1' }, body: 'x' })).toBe(false);

      // Who is refused gets nothing that is kept.
      expect(await ask(page, { from: '127.0.0.2' })).toMatchObject({ status: 403 });
      const inner = '/inner?cache-control=max-age=30';
      expect(await isKept(inner)).toBe(true);
      expect(await ask(inner, { from: '127.0.0.3' })).toMatchObject({ status: 403 });
      expect((await ask(inner)).status).toBe(200);
    },
  },
  'cache-rewrite': {
    labels: {
      CACHE: '60s 1m',
      REWRITE: '^/v1/(.*) /\\1',
      COMPRESS: 'text/plain',
      REQUEST_HEADERS: 'set X-Forwarded-Prefix: /v1',
    },
    server: 'counting',
    async check(ask) {
      const path = '/v1/page?cache-control=max-age=30&content-type=text/plain';
      const first = await ask(path);
      expect(first.headers['x-path']).toBe('/page');
      expect((await ask(path)).text).toBe(first.text);
      const zipped = await ask(path, { headers: { 'accept-encoding': 'gzip' } });
      expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', age: expect.any(String) });
    },
  },
  'cache-canary-main': {
    labels: { CACHE: '60s 1m', CANARIES: '/cache-canary' },
    server: 'counting',
    async check(ask) {
      const page = '/?cache-control=max-age=30';
      const canary = { headers: { 'x-canary': '1' } };
      const [one, other] = [(await ask(page)).text, (await ask(page, canary)).text];
      expect(other).not.toBe(one);
      expect([(await ask(page)).text, (await ask(page, canary)).text]).toEqual([one, other]);
    },
  },
  'cache-canary': {
    labels: { CACHE: '60s 1m', CANARY_OF: '/cache-canary-main', CANARY_MATCH: 'header X-Canary 1' },
    server: 'counting',
    async check(ask) {
      expect((await ask()).status).toBe(200);
    },
  },
};

function keeping(ask: Ask) {
  const textOf = async (path: string, options?: Partial<RequestOptions>): Promise<string> => (await ask(path, options)).text;
  return {
    /** Whether the same request gets the same answer. */
    isKept: async (path: string, options?: Partial<RequestOptions>) =>
      (await textOf(path, options)) === (await textOf(path, options)),
    /** Whether others get the answer to a request of one. */
    isShared: async (path: string, options: Partial<RequestOptions>) => (await textOf(path, options)) === (await textOf(path)),
  };
}
