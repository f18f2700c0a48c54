import { describe, expect, it } from 'vitest';
import { entryPoints, HASH, type Labels, on, ours, told } from '../../../test/support/labels/traefik.ts';
import { appsIn } from './apps.ts';
import { translateTraefik } from './translate.ts';

describe('middlewares', () => {
  it.each<[middleware: string, options: Labels, ours: Labels, told: readonly RegExp[]]>([
    ['stripprefix', { '.prefixes': '/v1/' }, { HTTP_BACKEND_PROXYPASS_PATH: '/v1' }, [/^differs .*X-Forwarded-Prefix/]],
    ['stripprefix', { '.prefixes': '/v1, /v.2' }, { REWRITE: '^(?:/v1|/v\\.2)/?(.*) /\\1' }, [/^differs /]],
    ['addprefix', { '.prefix': '/app' }, { REWRITE: '^/(.*) /app/\\1' }, []],
    ['replacepath', { '.path': '/x' }, { REWRITE: '^/.* /x' }, []],
    ['replacepathregex', { '.regex': '^/api/(.*)', '.replacement': '/$1' }, { REWRITE: '^/api/(.*) /\\1' }, []],
    ['replacepathregex', { '.regex': '^/api(/.*)', '.replacement': '/v2${1}' }, { REWRITE: '^/api(/.*) /v2\\1' }, []],
    ['replacepathregex', { '.regex': '^/api(/.*)$', '.replacement': '$1' }, { REWRITE: '^/api/(.*)$ /\\1' }, []],
    ['replacepathregex', { '.regex': '^/a', '.replacement': '/b' }, { REWRITE: '^/a(.*) /b\\1' }, []],
    ['replacepathregex', { '.regex': '/a', '.replacement': '/b' }, {}, [/^lost .*within a path/]],
    ['replacepathregex', { '.regex': '^/(?P<n>a)', '.replacement': '/${n}' }, {}, [/^lost .*by number only/]],
    ['replacepathregex', { '.regex': '^/a;b', '.replacement': '/b' }, {}, [/^lost .*semicolons/]],
    ['replacepathregex', { '.regex': '^/(a|b)+(c|d)+', '.replacement': '/$1' }, {}, [/^lost .*REWRITE would be its label, but/]],
    ['redirectscheme', { '.scheme': 'https', '.permanent': 'true' }, { REDIRECT_TO_HTTPS: 'true' }, []],
    ['redirectscheme', { '.scheme': 'https', '.port': '8443' }, { REDIRECT_TO_HTTPS: 'true' }, [/port/, /301/]],
    ['redirectscheme', { '.scheme': 'http' }, {}, [/^lost .*to https only/]],
    [
      'redirectregex',
      { '.regex': '^https?://a.test/old$', '.replacement': 'https://a.test/new' },
      {},
      [/^lost .*other redirects/],
    ],
    [
      'redirectregex',
      { '.regex': '^https?://b.test/(.*)', '.replacement': 'https://c.test/$1' },
      {},
      [/^lost .*c\.test is no host/],
    ],
    [
      'headers',
      { '.customrequestheaders.X-A': '1', '.customrequestheaders.X-B': '', '.customresponseheaders.X-C': 'a; b' },
      { REQUEST_HEADERS: 'set X-A: 1; del X-B', RESPONSE_HEADERS: 'set X-C: a; b' },
      [],
    ],
    ['headers', { '.customrequestheaders.Connection': 'close' }, {}, [/^lost .*REQUEST_HEADERS would be its label/]],
    [
      'headers',
      { '.framedeny': 'true', '.contenttypenosniff': 'true', '.browserxssfilter': 'true', '.referrerpolicy': 'no-referrer' },
      {
        RESPONSE_HEADERS:
          'set X-Frame-Options: DENY\nset X-Content-Type-Options: nosniff\nset X-XSS-Protection: 1; mode=block\nset Referrer-Policy: no-referrer',
      },
      [],
    ],
    [
      'headers',
      { '.stsseconds': '600', '.stsincludesubdomains': 'true', '.stspreload': 'true' },
      { RESPONSE_HEADERS: 'set Strict-Transport-Security: max-age=600; includeSubDomains; preload' },
      [/^differs .*stsseconds/],
    ],
    ['headers', { '.sslredirect': 'true' }, { REDIRECT_TO_HTTPS: 'true' }, []],
    ['headers', { '.allowedhosts': 'a.test' }, {}, [/^lost .*allowedhosts: no label does this/]],
    [
      'headers',
      {
        '.accesscontrolalloworiginlist': 'https://b.test, https://c.test',
        '.accesscontrolallowmethods': 'GET, PUT',
        '.accesscontrolallowheaders': 'X-A, X-B',
        '.accesscontrolallowcredentials': 'true',
        '.accesscontrolexposeheaders': 'X-C',
        '.accesscontrolmaxage': '600',
        '.addvaryheader': 'true',
      },
      {
        CORS_ORIGINS: 'https://b.test,https://c.test',
        CORS_METHODS: 'GET,PUT',
        CORS_HEADERS: 'X-A,X-B',
        CORS_CREDENTIALS: 'true',
        CORS_MAX_AGE: '600s',
        RESPONSE_HEADERS: 'set Access-Control-Expose-Headers: X-C',
      },
      [],
    ],
    [
      'headers',
      { '.accesscontrolalloworiginlist': '*', '.accesscontrolallowcredentials': 'true', '.accesscontrolallowheaders': '*' },
      { CORS_ORIGINS: '*' },
      [/^lost .*accesscontrolallowcredentials: /],
    ],
    ['headers', { '.accesscontrolallowmethods': 'GET' }, {}, [/^lost .*accesscontrolallowmethods: /]],
    ['basicauth', { '.users': `ann:${HASH}, bob:${HASH}` }, { AUTH_USERS: `ann:${HASH}; bob:${HASH}` }, []],
    [
      'basicauth',
      { '.users': `ann:${HASH}`, '.realm': 'Shop', '.removeheader': 'true' },
      { AUTH_USERS: `ann:${HASH}`, REQUEST_HEADERS: 'del Authorization' },
      [/^differs .*realm/],
    ],
    [
      'basicauth',
      { '.users': 'ann:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/' },
      { ENABLED: 'false' },
      [/^guard lost .*users: AUTH_USERS would be its label, but its value must have a password hash/],
    ],
    ['basicauth', { '.usersfile': '/users' }, { ENABLED: 'false' }, [/^guard lost .*usersfile: /]],
    ['digestauth', { '.users': 'a:b:c' }, { ENABLED: 'false' }, [/^guard lost .*digestauth\.users: /]],
    [
      'forwardauth',
      { '.address': 'http://auth.test/check', '.authresponseheaders': 'X-User, X-Groups', '.trustforwardheader': 'true' },
      { AUTH_URL: 'http://auth.test/check', AUTH_HEADERS: 'X-User,X-Groups' },
      [/^differs .*forwardauth\.address: .*--auth-hosts/, /^differs .*trustforwardheader/],
    ],
    [
      'forwardauth',
      { '.address': 'http://auth.test/check', '.authrequestheaders': 'Accept' },
      { AUTH_URL: 'http://auth.test/check', ENABLED: 'false' },
      [/^differs /, /^guard lost .*authrequestheaders: /],
    ],
    [
      'forwardauth',
      { '.address': 'auth' },
      { ENABLED: 'false' },
      [/^differs /, /^guard lost .*address: AUTH_URL would be its label/],
    ],
    ['ipwhitelist', { '.sourcerange': '10.0.0.0/8, 127.0.0.1' }, { ALLOW: '10.0.0.0/8, 127.0.0.1' }, []],
    ['ipallowlist', { '.sourcerange': '10.0.0.0/8' }, { ALLOW: '10.0.0.0/8' }, []],
    [
      'ipwhitelist',
      { '.sourcerange': '10.0.0.0/8', '.ipstrategy.depth': '1' },
      { ENABLED: 'false' },
      [/^guard lost .*X-Forwarded-For/],
    ],
    ['ipwhitelist', { '.sourcerange': 'x' }, { ENABLED: 'false' }, [/^guard lost .*ALLOW would be its label/]],
    ['ratelimit', { '.average': '100' }, { RATE_LIMIT: '100/1s' }, []],
    ['ratelimit', { '.average': '10', '.period': '1m', '.burst': '50' }, { RATE_LIMIT: '10/1m' }, [/^differs .*burst/]],
    ['ratelimit', { '.average': '10', '.sourcecriterion.requesthost': 'true' }, {}, [/^lost .*by something else/]],
    ['ratelimit', { '.average': '10', '.sourcecriterion.ipstrategy.depth': '2' }, {}, [/^lost .*by something else/]],
    ['ratelimit', { '.average': '10', '.period': '10ms' }, {}, [/^lost .*RATE_LIMIT would be its label/]],
    ['ratelimit', { '.average': '0' }, {}, []],
    ['inflightreq', { '.amount': '10', '.sourcecriterion.ipstrategy.depth': '0' }, { CLIENT_CONNECTIONS: '10' }, []],
    ['inflightreq', { '.amount': '10' }, {}, [/^lost .*by something else/]],
    ['buffering', { '.maxrequestbodybytes': '2000' }, { MAX_BODY: '2000' }, [/^differs /]],
    ['buffering', { '.memrequestbodybytes': '2000' }, {}, [/^lost /]],
    ['retry', { '.attempts': '4' }, { RETRIES: '4', RETRY_ON: 'conn-failure,empty-response' }, [/^differs .*GET or HEAD/]],
    ['compress', { '': 'true' }, { COMPRESS: 'true' }, []],
    ['compress', { '': 'false' }, {}, []],
    ['compress', { '.excludedcontenttypes': 'image/png' }, { COMPRESS: 'true' }, [/^lost .*excludedcontenttypes/]],
    ['circuitbreaker', { '.expression': 'x' }, {}, [/^lost .*circuitbreaker\.expression: no label does this/]],
    ['__proto__', { '.x': '1' }, {}, [/^lost .*__proto__\.x: no label does this/]],
    ['constructor', { '.x': '1' }, {}, [/^lost .*constructor\.x: no label does this/]],
  ])('%s %j', (middleware, options, expected, remarks) => {
    const found = on(middleware, options);
    expect(ours(found)).toEqual(expected);
    expect(told(found)).toEqual(remarks.map((remark) => expect.stringMatching(remark) as string));
  });

  it('tells the task a prefix that all of its paths have', () => {
    const found = on('stripprefix', { '.prefixes': '/v1' }, 'Host(`a.test`) && PathPrefix(`/v1`)');
    expect(ours(found)).toMatchObject({
      HTTP_BACKEND_PROXYPASS_PATH: '/v1',
      REQUEST_HEADERS: 'set X-Forwarded-Prefix: /v1',
    });
    expect(found.remarks).toEqual([]);
  });

  it('redirects a host to the other one of a router', () => {
    const options = { '.regex': '^https?://www.a.test/(.*)', '.replacement': 'https://a.test/$1' };
    const found = on('redirectregex', options, 'Host(`www.a.test`, `a.test`)');
    expect(found.labels).toMatchObject({
      HAPROXY_0_VHOST: 'a.test',
      HAPROXY_0_REDIRECT_FROM: 'www.a.test',
      HAPROXY_0_REDIRECT_CODE: '302',
    });
  });

  it('finds those of other apps', () => {
    const login = { 'traefik.http.middlewares.login.ipwhitelist.sourcerange': '10.0.0.0/8' };
    const rule = { 'traefik.http.routers.r.rule': 'Host(`a.test`)', 'traefik.http.routers.r.middlewares': 'login' };
    const apps = appsIn({ apps: [{ id: '/a', labels: login }, { id: '/b', labels: rule }, { id: '/c' }] }) ?? [];
    expect(translateTraefik(apps, { group: 'x', entryPoints })).toEqual([
      { id: '/a', labels: {}, remarks: [] },
      { id: '/b', labels: { HAPROXY_GROUP: 'x', HAPROXY_0_VHOST: 'a.test', HAPROXY_0_ALLOW: '10.0.0.0/8' }, remarks: [] },
    ]);
  });
});
