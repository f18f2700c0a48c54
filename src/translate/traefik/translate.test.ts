import { describe, expect, it } from 'vitest';
import { HASH, type Labels, ours, told, translated } from '../../../test/support/labels/traefik.ts';
import { appsIn } from './apps.ts';
import type { Translated } from './translate.ts';

describe('routers', () => {
  const rule = { 'http.routers.r.rule': 'Host(`a.test`)' };

  it.each<[what: string, labels: Labels, ours: Labels, told: readonly RegExp[]]>([
    ['a priority', { ...rule, 'http.routers.r.priority': '42' }, { BACKEND_WEIGHT: '42' }, []],
    ['plain entry points', { ...rule, 'http.routers.r.entrypoints': 'web, http' }, {}, []],
    [
      'another entry point: the service port stays off',
      { ...rule, 'http.routers.r.entrypoints': 'internal' },
      { ENABLED: 'false' },
      [/^guard lost .*entrypoints: which port internal is/],
    ],
    ['TLS only', { ...rule, 'http.routers.r.tls': 'true' }, { REDIRECT_TO_HTTPS: 'true' }, [/^differs .*tls: /]],
    [
      'an entry point of TLS only',
      { ...rule, 'http.routers.r.entrypoints': 'websecure' },
      { REDIRECT_TO_HTTPS: 'true' },
      [/^differs .*tls: /],
    ],
    [
      'a resolver of certificates',
      { ...rule, 'http.routers.r.tls.certresolver': 'le', 'http.routers.r.tls.domains[0].main': 'a.test' },
      { REDIRECT_TO_HTTPS: 'true' },
      [/^lost .*certresolver: .*--ssl-certs/, /^lost .*domains\[0\]\.main: /, /^differs /],
    ],
    [
      'names in any case',
      { 'HTTP.Routers.R.Rule': 'Host(`a.test`)', 'http.routers.r.Priority': '7' },
      { BACKEND_WEIGHT: '7' },
      [],
    ],
    [
      'one router for each entry point',
      {
        'http.routers.plain.rule': 'Host(`a.test`)',
        'http.routers.plain.entrypoints': 'web',
        'http.routers.plain.middlewares': 'to-https@marathon',
        'http.middlewares.to-https.redirectscheme.scheme': 'https',
        'http.middlewares.to-https.redirectscheme.permanent': 'true',
        'http.routers.secure.rule': 'Host(`a.test`)',
        'http.routers.secure.entrypoints': 'websecure',
        'http.routers.secure.tls': 'true',
      },
      { REDIRECT_TO_HTTPS: 'true' },
      [],
    ],
    ['two routers that are alike', { ...rule, 'http.routers.s.rule': 'Host(`b.test`)' }, { VHOST: 'a.test,b.test' }, []],
    [
      'two routers with middlewares of their own',
      {
        ...rule,
        'http.routers.s.rule': 'Host(`a.test`) && PathPrefix(`/admin`)',
        'http.routers.s.middlewares': 'login',
        'http.middlewares.login.basicauth.users': `ann:${HASH}`,
      },
      { ENABLED: 'false' },
      [/^guard lost .*routers\.s\.rule: its middlewares/],
    ],
    [
      'two routers with different priorities',
      { ...rule, 'http.routers.s.rule': 'Host(`b.test`)', 'http.routers.s.priority': '3' },
      {},
      [/^lost .*routers\.s\.rule: its middlewares or its priority/],
    ],
    [
      'two routers whose hosts have different paths',
      { ...rule, 'http.routers.s.rule': 'Host(`b.test`) && PathPrefix(`/api`)' },
      {},
      [/^lost .*routers\.s\.rule: together with r: its hosts have different paths/],
    ],
    [
      'a router that only redirects its host',
      {
        ...rule,
        'http.routers.www.rule': 'Host(`www.a.test`)',
        'http.routers.www.middlewares': 'apex',
        'http.middlewares.apex.redirectregex.regex': '^https?://www\\.a\\.test/(.*)',
        'http.middlewares.apex.redirectregex.replacement': 'https://a.test/${1}',
        'http.middlewares.apex.redirectregex.permanent': 'true',
      },
      { REDIRECT_FROM: 'www.a.test' },
      [],
    ],
    ['a router without a rule', { 'http.routers.r.priority': '1' }, {}, [/^lost .*routers\.r\.rule: .*defaultRule/]],
    ['no router', { 'http.services.s.loadbalancer.sticky': 'true' }, {}, [/^lost traefik\.http\.routers: .*defaultRule/]],
    [
      'a middleware of a file',
      { ...rule, 'http.routers.r.middlewares': 'login@file' },
      { ENABLED: 'false' },
      [/^guard lost .*middlewares: the middleware login@file is not in the labels/],
    ],
    [
      'a middleware of a file of a router that cannot be translated, whose requests the other one would serve',
      { ...rule, 'http.routers.s.rule': 'Host(`a.test`) && !Method(`PUT`)', 'http.routers.s.middlewares': 'login@file' },
      { ENABLED: 'false' },
      [/^guard lost .*routers\.s\.rule: .*must not match/],
    ],
    [
      'chains, and one that goes round',
      {
        ...rule,
        'http.routers.r.middlewares': 'all',
        'http.middlewares.all.chain.middlewares': 'one, all2',
        'http.middlewares.all2.chain.middlewares': 'two',
        'http.middlewares.one.stripprefix.prefixes': '/v1',
        'http.middlewares.two.addprefix.prefix': '/app',
      },
      { REWRITE: '^/v1/?(.*) /\\1\n^/(.*) /app/\\1' },
      [/^differs .*stripprefix/],
    ],
  ])('%s', (_, labels, expected, remarks) => {
    const found = translated(labels);
    expect(ours(found)).toEqual(expected);
    expect(told(found)).toEqual(remarks.map((remark) => expect.stringMatching(remark) as string));
  });

  it('gives the same in whatever order Marathon has the labels', () => {
    const labels = {
      'http.routers.b.rule': 'Host(`b.test`)',
      'http.routers.a.rule': 'Host(`c.test`)',
      'http.routers.c.rule': 'Host(`d.test`) && PathPrefix(`/d`)',
    };
    const other = Object.fromEntries(Object.entries(labels).toReversed());
    expect(translated(labels)).toEqual(translated(other));
    expect(ours(translated(labels))).toEqual({ VHOST: 'c.test,b.test' });
  });

  it('ends at a chain of itself', () => {
    const found = translated({ ...rule, 'http.routers.r.middlewares': 'm', 'http.middlewares.m.chain.middlewares': 'm' });
    expect(told(found)).toEqual([expect.stringMatching(/^lost .*chain\.middlewares: /)]);
  });
});

describe('services', () => {
  const rule = { 'http.routers.r.rule': 'Host(`a.test`)' };
  const of = (options: Labels): Translated =>
    translated({
      ...rule,
      ...Object.fromEntries(Object.entries(options).map(([name, value]) => [`http.services.s.loadbalancer.${name}`, value])),
    });

  it.each<[options: Labels, ours: Labels, told: readonly RegExp[]]>([
    [{ sticky: 'true' }, { STICKY: 'true' }, []],
    [{ 'sticky.cookie': 'true' }, { STICKY: 'true' }, []],
    [{ 'sticky.cookie': 'false' }, {}, []],
    [
      {
        'sticky.cookie.name': 'shop',
        'sticky.cookie.secure': 'true',
        'sticky.cookie.httponly': '1',
        'sticky.cookie.samesite': 'lax',
      },
      { STICKY: 'true', STICKY_COOKIE: 'shop; Secure; HttpOnly; SameSite=Lax' },
      [],
    ],
    [{ 'sticky.cookie.name': 'a b' }, { STICKY: 'true' }, [/^lost .*STICKY_COOKIE would be its label, but its value must be/]],
    [{ 'server.scheme': 'https' }, { BACKEND_PROTOCOL: 'https' }, []],
    [{ 'server.scheme': 'h2c' }, { BACKEND_PROTOCOL: 'h2c' }, []],
    [{ passhostheader: 'true' }, {}, []],
    [{ passhostheader: 'false' }, {}, [/^lost .*passhostheader: /]],
    [
      {
        'healthcheck.path': '/ping',
        'healthcheck.interval': '1m30s',
        'healthcheck.hostname': 'b.test',
        'healthcheck.followredirects': 'false',
      },
      { CHECK_PATH: '/ping', CHECK_INTERVAL: '90s', CHECK_HOST: 'b.test' },
      [],
    ],
    [{ 'healthcheck.path': '/ping' }, { CHECK_PATH: '/ping', CHECK_INTERVAL: '30s' }, [/^differs .*path: .*not followed/]],
    [
      {
        'healthcheck.path': '/ping',
        'healthcheck.followredirects': 'false',
        'healthcheck.timeout': '3s',
        'healthcheck.port': '81',
        'healthcheck.headers.X-A': '1',
      },
      { CHECK_PATH: '/ping', CHECK_INTERVAL: '30s' },
      [/^lost .*headers\.X-A: /, /^lost .*port: /, /^lost .*timeout: /],
    ],
    [{ 'healthcheck.path': '/ping', 'healthcheck.mode': 'grpc' }, {}, [/^lost .*mode: /]],
    [{ serverstransport: 'x@file' }, {}, [/^lost .*serverstransport: .*BACKEND_CA/]],
    [{ 'responseforwarding.flushinterval': '1s' }, {}, [/^lost .*flushinterval: no label does this/]],
  ])('%j', (options, expected, remarks) => {
    const found = of(options);
    expect(ours(found)).toEqual(expected);
    expect(told(found)).toEqual(remarks.map((remark) => expect.stringMatching(remark) as string));
  });

  it.each([
    ['index:1', 1],
    ['name:admin', 1],
    ['10002', 1],
    ['index:0', 0],
  ])('the port %s is %i, and the other one is off', (port, index) => {
    expect(of({ 'server.port': port }).labels).toEqual({
      HAPROXY_GROUP: 'external',
      [`HAPROXY_${index}_VHOST`]: 'a.test',
      [`HAPROXY_${1 - index}_ENABLED`]: 'false',
    });
  });

  it.each(['index:2', 'name:other', '8080', 'index:x'])('there is no port %s', (port) => {
    const found = of({ 'server.port': port });
    expect(found.labels).toEqual({});
    expect(told(found)).toEqual([expect.stringMatching(/^lost .*routers\.r\.service: the app has no port/)]);
  });

  it('takes each router to its service', () => {
    const services = {
      'http.services.a.loadbalancer.server.port': 'index:0',
      'http.services.b.loadbalancer.server.port': 'index:1',
      'http.routers.one.rule': 'Host(`a.test`)',
      'http.routers.two.rule': 'Host(`b.test`)',
    };
    const found = translated({ ...services, 'http.routers.one.service': 'a', 'http.routers.two.service': 'b@marathon' });
    expect(found.labels).toMatchObject({ HAPROXY_0_VHOST: 'a.test', HAPROXY_1_VHOST: 'b.test' });
    const lost = translated({ ...services, 'http.routers.one.service': 'c' });
    expect(told(lost)).toEqual([
      expect.stringMatching(/^lost .*one\.service: the service c is not in the labels/),
      expect.stringMatching(/^lost .*two\.service: the app has several services/),
    ]);
  });
});

describe('TCP', () => {
  it.each<[labels: Labels, ours: Labels, told: readonly RegExp[]]>([
    [{ 'routers.r.rule': 'HostSNI(`*`)' }, { MODE: 'tcp' }, []],
    [
      {
        'routers.r.rule': 'HostSNI(`*`)',
        'routers.r.entrypoints': 'db',
        'routers.r.middlewares': 'few, near',
        'middlewares.few.inflightconn.amount': '5',
        'middlewares.near.ipwhitelist.sourcerange': '10.0.0.0/8, ::1',
        'services.s.loadbalancer.proxyprotocol.version': '2',
        'services.s.loadbalancer.terminationdelay': '100',
      },
      { MODE: 'tcp', CLIENT_CONNECTIONS: '5', BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.0/8 ::1', PROXY_PROTOCOL: 'v2' },
      [/^differs .*entrypoints/, /^lost .*terminationdelay/],
    ],
    [
      { 'routers.r.rule': 'HostSNI(`B.test`, `c.test`) || HostSNIRegexp(`{x:.+}.d.test`)', 'routers.r.tls.passthrough': 'true' },
      { VHOST: 'b.test,c.test,*.d.test', TLS_PASSTHROUGH: 'true' },
      [],
    ],
    [
      { 'routers.r.rule': 'HostSNI(`b.test`)', 'routers.r.tls.passthrough': 'true', 'routers.r.entrypoints': 'db' },
      { VHOST: 'b.test', TLS_PASSTHROUGH: 'true' },
      [/^differs .*entrypoints/],
    ],
    [{ 'routers.r.rule': 'HostSNI(`a.test`)' }, {}, [/^lost .*rule: .*neither passed on/]],
    [{ 'routers.r.rule': 'ClientIP(`10.0.0.1`)', 'routers.r.tls.passthrough': 'true' }, {}, [/^lost .*rule: .*TLS hellos/]],
    [{ 'routers.r.rule': 'HostSNI(`*`)', 'routers.r.tls': 'true' }, {}, [/^lost .*rule: /]],
  ])('%j', (labels, expected, remarks) => {
    const all = Object.fromEntries(Object.entries(labels).map(([label, value]) => [`tcp.${label}`, value]));
    const found = translated(all);
    expect(ours(found)).toEqual(expected);
    expect(told(found)).toEqual(remarks.map((remark) => expect.stringMatching(remark) as string));
  });
});

describe('what would have no effect', () => {
  it('is not printed', () => {
    const found = translated({
      'http.routers.r.rule': 'Host(`a.test`)',
      'http.routers.r.middlewares': 'm',
      'http.middlewares.m.headers.accesscontrolalloworiginlist': 'https://b.test/x',
      'http.middlewares.m.headers.accesscontrolmaxage': '5',
    });
    expect(ours(found)).toEqual({});
    expect(told(found)).toEqual([
      expect.stringMatching(/alloworiginlist: CORS_ORIGINS would be its label, but its value must be/),
      expect.stringMatching(/maxage: CORS_MAX_AGE would be its label, but it has no effect beside the others/),
    ]);
  });

  it('is a second protocol for one port', () => {
    const found = translated({ 'http.routers.r.rule': 'Host(`a.test`)', 'tcp.routers.r.rule': 'HostSNI(`*`)' });
    expect(ours(found)).toEqual({});
    expect(told(found)).toEqual([expect.stringMatching(/^lost traefik\.tcp\.routers\.r\.rule: a service port has one mode/)]);
  });
});

describe('apps', () => {
  it('are off with traefik.enable=false', () => {
    const found = translated({ enable: 'false', 'http.routers.r.rule': 'Host(`a.test`)' });
    expect(found).toEqual({ id: '/shop', labels: { HAPROXY_0_ENABLED: 'false', HAPROXY_1_ENABLED: 'false' }, remarks: [] });
  });

  it('keep their own labels of the load balancer', () => {
    const own = { HAPROXY_GROUP: 'internal', HAPROXY_0_STICKY: 'true', HAPROXY_0_VHOST: 'b.test' };
    const found = translated(
      { enable: 'true', 'http.routers.r.rule': 'Host(`a.test`)', 'http.services.s.loadbalancer.sticky': 'true' },
      own,
    );
    expect(found.labels).toEqual({});
    expect(told(found)).toEqual(['lost HAPROXY_0_VHOST: the app has this label already, it would become "a.test"']);
  });

  it('do not stay on if something that keeps people away has no counterpart', () => {
    const labels = { 'http.routers.r.rule': 'Host(`a.test`)', 'http.routers.r.middlewares': 'login@file' };
    const own = { HAPROXY_GROUP: 'external', HAPROXY_0_ENABLED: 'true' };
    expect(translated(labels, own).labels).toEqual({ HAPROXY_0_VHOST: 'a.test', HAPROXY_0_ENABLED: 'false' });
  });

  it.each([
    ['frontend.rule', 'no label of Traefik 2'],
    ['udp.routers.r.entrypoints', 'UDP'],
    ['tls.stores.default.defaultcertificate.certfile', '--ssl-certs'],
    ['tags', 'HAPROXY_GROUP'],
    ['marathon.ipaddressidx', 'address'],
  ])('have no counterpart of %s', (label, why) => {
    const found = translated({ [label]: 'x', 'http.routers.r.rule': 'Host(`a.test`)' });
    expect(told(found)).toEqual([expect.stringContaining(why) as string]);
  });

  it('are found in files of all kinds', () => {
    const one = { id: '/a', labels: { x: 1, y: 'z' }, container: { portMappings: [{ containerPort: 80, name: 'web' }] } };
    const read = { id: '/a', labels: { y: 'z' }, ports: [{ number: 80, name: 'web' }] };
    expect(appsIn(one)).toEqual([read]);
    expect(appsIn([one])).toEqual([read]);
    expect(appsIn({ app: one })).toEqual([read]);
    expect(appsIn({ id: '/', apps: [], groups: [{ id: '/g', apps: [one] }] })).toEqual([read]);
    expect(appsIn({ id: '/b', ports: [1, 2] })?.[0]?.ports).toEqual([{ number: 1 }, { number: 2 }]);
    expect(appsIn({ id: '/b', ipAddress: { discovery: { ports: [{ number: 3, name: 'n' }] } } })?.[0]?.ports).toEqual([
      { number: 3, name: 'n' },
    ]);
    expect(appsIn({ id: '/b', container: { docker: { portMappings: [{ containerPort: 4 }] } } })?.[0]?.ports).toEqual([
      { number: 4 },
    ]);
    expect(appsIn({ id: '/b' })?.[0]?.ports).toHaveLength(1);
    for (const none of [undefined, null, 1, 'x', {}, [1], { apps: [{}] }]) expect(appsIn(none)).toBeUndefined();
  });
});
