import { expect } from 'vitest';
import type { RequestOptions } from '../network/request.ts';
import type { Ask, Cases } from './case.ts';

/** Returns the apps that answer requests for paths of a host, also over TLS. */
async function appsOf(ask: Ask, host: string, paths: readonly string[], options: Partial<RequestOptions> = {}): Promise<unknown> {
  const answers: unknown[] = [];
  for (const path of paths) {
    const { app } = await ask(path, { host, ...options });
    expect({ path, app: (await ask(path, { host, sni: host, ...options })).app }).toEqual({ path, app });
    answers.push(app);
  }
  return answers;
}

const PATHS = ['/api', '/api/x', '/apix', '/api/v1', '/api/v1/x', '/v12/x', '/'];

const HASH = '$5$abc$ywk9t7A9RLyeaI8fMTfLBuOGHce/5DngtrcxrpbIjS6';
const ANN = `First:ann:${HASH}`;
const BOB = `Second:bob:${HASH}`;
const BETA = { 'x-beta': '1' };

function loginOf(name: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:bob-secret`).toString('base64')}` };
}

const [ANN_LOGIN, BOB_LOGIN] = [loginOf('ann'), loginOf('bob')];

export const routingCases: Cases = {
  'path-whole': {
    labels: { VHOST: 'paths.test' },
    check: async (ask) =>
      expect(await appsOf(ask, 'paths.test', PATHS)).toEqual([
        '/path-prefix',
        '/path-prefix',
        '/path-begin',
        '/path-exact',
        '/path-prefix',
        '/path-regex',
        '/path-whole',
      ]),
  },
  'path-begin': {
    labels: { VHOST: 'paths.test,begin.test', PATH: '/api' },
    check: async (ask) =>
      expect(await appsOf(ask, 'begin.test', ['/api/x', '/apix', '/v1/'])).toEqual(['/path-begin', '/path-begin', undefined]),
  },
  'path-prefix': {
    labels: { VHOST: 'paths.test,prefix.test', PATH: '-i /API/', PATH_TYPE: 'prefix', HTTP_BACKEND_PROXYPASS_PATH: '/api' },
    async check(ask) {
      expect(await appsOf(ask, 'prefix.test', ['/Api/x', '/apix'])).toEqual(['/path-prefix', undefined]);
      expect(await ask('/Api/x', { host: 'prefix.test' })).toMatchObject({ seen: '/x' });
    },
  },
  'path-exact': {
    labels: { VHOST: 'paths.test,exact.test', PATH: '/api/v1 /a.b', PATH_TYPE: 'exact' },
    check: async (ask) =>
      expect(await appsOf(ask, 'exact.test', ['/api/v1', '/api/v1?x=1', '/a.b', '/aXb', '/api/v1/'])).toEqual([
        '/path-exact',
        '/path-exact',
        '/path-exact',
        undefined,
        undefined,
      ]),
  },
  'path-regex': {
    labels: { VHOST: 'paths.test,regex.test', PATH: '^/v[0-9]+/ ^/(?:api|img)\\.php$', PATH_TYPE: 'regex' },
    check: async (ask) =>
      expect(await appsOf(ask, 'regex.test', ['/v1/', '/img.php', '/vx/', '/x/v1/'])).toEqual([
        '/path-regex',
        '/path-regex',
        undefined,
        undefined,
      ]),
  },
  'match-whole': {
    labels: { VHOST: 'match.test', AUTH: ANN, REDIRECT_TO_HTTPS: 'true' },
    async check(ask) {
      expect(await ask('/', { host: 'match.test' })).toMatchObject({ status: 301 });
      expect(await ask('/', { host: 'match.test', sni: 'match.test' })).toMatchObject({ status: 401 });
      // The password is that of requests that a later rule takes, as it was before there was a MATCH.
      expect(await ask('/api', { host: 'match.test', sni: 'match.test', headers: BETA })).toMatchObject({ status: 401 });
      expect(await ask('/api', { host: 'match.test', sni: 'match.test', headers: { ...BETA, ...ANN_LOGIN } })).toMatchObject({
        app: '/match-api',
      });
    },
  },
  'match-api': {
    labels: { VHOST: 'match.test', PATH: '/api' },
    check: async (ask) =>
      expect(await appsOf(ask, 'match.test', ['/api/v1?debug'], { headers: BETA })).toEqual(['/match-api-debug']),
  },
  'match-api-debug': {
    labels: { VHOST: 'match.test', PATH: '/api/v1', PATH_TYPE: 'prefix', MATCH: 'query debug' },
    async check(ask) {
      expect(await appsOf(ask, 'match.test', ['/api/v1?a=b&debug=', '/api/v1?debug=1'])).toEqual([
        '/match-api-debug',
        '/match-api-debug',
      ]);
      expect(await ask('/api/v1?xdebug=1', { host: 'match.test', sni: 'match.test' })).toMatchObject({ status: 401 });
    },
  },
  'match-beta': {
    labels: { VHOST: 'match.test', MATCH: 'header X-Beta 1' },
    async check(ask, { port }) {
      expect(await appsOf(ask, 'match.test', ['/', '/x'], { headers: { 'x-beta': '1' } })).toEqual([
        '/match-beta',
        '/match-beta',
      ]);
      expect(await ask('/', { host: 'match.test', sni: 'match.test', headers: { 'x-beta': '2' } })).toMatchObject({
        status: 401,
      });
      // It narrows the hosts only.
      expect(await ask('/', { port })).toMatchObject({ app: '/match-beta' });
    },
  },
  'match-guarded': {
    labels: {
      VHOST: 'match.test',
      MATCH: 'header X-Beta 1; method GET,POST; cookie who bob',
      AUTH: BOB,
      REDIRECT_TO_HTTPS: 'true',
    },
    async check(ask) {
      const headers = { ...BETA, cookie: 'a=b; who=bob' };
      const options = { host: 'match.test', sni: 'match.test' };
      expect(await ask('/', { host: 'match.test', headers })).toMatchObject({ status: 301 });
      expect(await ask('/', { ...options, headers })).toMatchObject({ status: 401, headers: { 'www-authenticate': /Second/ } });
      expect(await ask('/', { ...options, method: 'POST', headers: { ...headers, ...BOB_LOGIN } })).toMatchObject({
        app: '/match-guarded',
      });
      expect(await ask('/', { ...options, method: 'PUT', headers })).toMatchObject({ app: '/match-beta' });
    },
  },
  'any-host': {
    labels: { VHOST: '', PATH: '/for-any', PATH_TYPE: 'prefix' },
    async check(ask) {
      for (const host of ['unknown.test', 'begin.test'])
        expect(await appsOf(ask, host, ['/for-any', '/for-any/x', '/for-anyone'])).toEqual(['/any-host', '/any-host', undefined]);
      expect(await appsOf(ask, 'paths.test', ['/for-any'])).toEqual(['/path-whole']);
    },
  },
  'any-host-guarded': {
    labels: {
      VHOST: '',
      PATH: '/guarded',
      PATH_TYPE: 'prefix',
      REDIRECT_TO_HTTPS: 'true',
      AUTH: 'Any:ann:$5$abc$oIV8wJsTBTAXFKMjfX0RdvkhrFjH/EAB5VrpF0cHyq1',
    },
    async check(ask, { port }) {
      expect(await ask('/guarded/x', { host: 'unknown.test' })).toMatchObject({
        status: 301,
        headers: { location: 'https://unknown.test/guarded/x' },
      });
      expect(await ask('/guarded', { sni: 'unknown.test', host: 'unknown.test' })).toMatchObject({ status: 401 });
      // Neither is for the hosts of others; the service port asks for the password alone (--auth-scope all).
      expect(await appsOf(ask, 'paths.test', ['/guarded'])).toEqual(['/path-whole']);
      expect(await ask('/guarded', { port })).toMatchObject({ status: 401 });
    },
  },
  wildcard: {
    labels: { VHOST: '*.wild.test', HTTP_BACKEND_PROXYPASS_PATH: '/cut' },
    async check(ask) {
      expect(await appsOf(ask, 'x.wild.test', ['/'])).toEqual(['/wildcard']);
      expect(await appsOf(ask, 'y.x.wild.test', ['/'])).toEqual(['/wildcard']);
      expect(await appsOf(ask, 'wild.test', ['/'])).toEqual([undefined]);
      expect(await appsOf(ask, 'xwild.test', ['/'])).toEqual([undefined]);
      expect(await ask('/cut/x', { host: 'X.Wild.test' })).toMatchObject({ seen: '/x' });
    },
  },
  'wildcard-longer': {
    labels: { VHOST: '*.a.wild.test' },
    check: async (ask) => expect(await appsOf(ask, 'x.a.wild.test', ['/'])).toEqual(['/wildcard-longer']),
  },
  'wildcard-exact': {
    labels: { VHOST: 'b.a.wild.test', PATH: '/own' },
    check: async (ask) =>
      expect(await appsOf(ask, 'b.a.wild.test', ['/own', '/'])).toEqual(['/wildcard-exact', '/wildcard-longer']),
  },
  'host-regex': {
    labels: { VHOST: '~^app[0-9]+[.](?:wild|regex)[.]test$' },
    async check(ask) {
      expect(await appsOf(ask, 'app12.regex.test', ['/'])).toEqual(['/host-regex']);
      expect(await appsOf(ask, 'APP1.regex.test', ['/'])).toEqual(['/host-regex']);
      expect(await appsOf(ask, 'appx.regex.test', ['/'])).toEqual([undefined]);
      expect(await appsOf(ask, 'app12.wild.test', ['/'])).toEqual(['/wildcard']);
    },
  },
};
