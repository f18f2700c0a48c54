import { describe, expect, it } from 'vitest';
import { type Labels, ours, told, translated } from '../../../test/support/labels/traefik.ts';

describe('rules', () => {
  it.each<[rule: string, labels: Labels]>([
    ['Host(`A.test`, `b.test`)', { VHOST: 'a.test,b.test' }],
    ['Host("a.test") || HostHeader(`b.test`)', { VHOST: 'a.test,b.test' }],
    ['Host(`b.test`) && PathPrefix(`/api`)', { VHOST: 'b.test', PATH: '/api' }],
    ['Host(`b.test`) && PathPrefix(`/`)', { VHOST: 'b.test' }],
    ['Host(`b.test`)&&(PathPrefix(`/a`)||PathPrefix(`/b`))', { VHOST: 'b.test', PATH: '/a /b' }],
    ['Host(`b.test`) && PathPrefix(`/a`, `/a/b`)', { VHOST: 'b.test', PATH: '/a' }],
    ['Host(`b.test`) && PathPrefix(`/a`) && PathPrefix(`/a/b`)', { VHOST: 'b.test', PATH: '/a/b' }],
    ['Host(`b.test`) || Host(`b.test`) && PathPrefix(`/a`)', { VHOST: 'b.test' }],
    ['Host(`b.test`) && Path(`/a`, `/b`)', { VHOST: 'b.test', PATH: '/a /b', PATH_TYPE: 'exact' }],
    ['Host(`b.test`) && (Path(`/a/b`) || PathPrefix(`/a`))', { VHOST: 'b.test', PATH: '/a' }],
    ['Host(`b.test`) && Path(`/a/b`) && PathPrefix(`/a`)', { VHOST: 'b.test', PATH: '/a/b', PATH_TYPE: 'exact' }],
    ['Host(`b.test`) && (Path(`/a`) || Path(`/a`))', { VHOST: 'b.test', PATH: '/a', PATH_TYPE: 'exact' }],
    ['HostRegexp(`{any:.+}.B.test`)', { VHOST: '*.b.test' }],
    ['Host(`b.test`) || HostRegexp(`{any:.*}.b.test`)', { VHOST: 'b.test,*.b.test' }],
    ['HostRegexp(`app{n:[0-9]+}.b.test`, `{x}.c.test`)', { VHOST: '~^app[0-9]+\\.b\\.test$,~^[^.]+\\.c\\.test$' }],
    ['HostRegexp(`b.test`)', { VHOST: 'b.test' }],
    ['PathPrefix(`/api`)', { PATH: '/api', PATH_TYPE: 'begin' }],
    ['Path(`/api`)', { PATH: '/api', PATH_TYPE: 'exact' }],
    ['Host(`b.test`) && PathPrefix(`/{id:[0-9]+}`)', { VHOST: 'b.test', PATH: '^/[0-9]+', PATH_TYPE: 'regex' }],
    [
      'Host(`b.test`) && (Path(`/a.b/{id}`) || PathPrefix(`/x`))',
      { VHOST: 'b.test', PATH: '^/a\\.b/[^/]+$ ^/x', PATH_TYPE: 'regex' },
    ],
    ['Host(`b.test`) && Path(`/{v:v1|v2}/x`)', { VHOST: 'b.test', PATH: '^/(?:v1|v2)/x$', PATH_TYPE: 'regex' }],
    ['Host(`b.test`) && Method(`POST`, `PUT`)', { VHOST: 'b.test', MATCH: 'method POST,PUT' }],
    [
      'Host(`b.test`) && Headers(`X-Beta`, `1`) && Query(`debug=1`, `x=`)',
      { VHOST: 'b.test', MATCH: 'header X-Beta 1; query debug 1; query x' },
    ],
    ['PathPrefix(`/a`) && Method(`GET`)', { PATH: '/a', PATH_TYPE: 'begin', MATCH: 'method GET' }],
    ['(Host(`b.test`) || Host(`c.test`)) && Method(`GET`)', { VHOST: 'b.test,c.test', MATCH: 'method GET' }],
    ['Host(`b.test`) && ClientIP(`10.0.0.0/8`, `::1`)', { VHOST: 'b.test', ALLOW: '10.0.0.0/8, ::1' }],
  ])('%s', (rule, labels) => {
    // Traefik's own order of rules, the longest first, if there is a path.
    const weight = 'PATH' in labels || 'MATCH' in labels ? { BACKEND_WEIGHT: String(rule.length) } : {};
    expect(ours(translated({ 'http.routers.r.rule': rule }))).toEqual({ ...labels, ...weight });
  });

  it.each<[rule: string, why: RegExp]>([
    ['Host(`a.test`) || PathPrefix(`/api`)', /one way has no host/],
    ['Method(`GET`)', /without a host and a path/],
    ['PathPrefix(`/`)', /without a host and a path/],
    ['Host(`a.test`) && (Method(`GET`) || Headers(`A`, `b`))', /for some of them/],
    ['Host(`a.test`) && Method(`GET`) && Method(`PUT`)', /MATCH must have one rule about the method/],
    ['Host(`a.test`) && Headers(`X-A`, `a b`)', /MATCH must have rules/],
    ['Host(`a.test`) && HeadersRegexp(`X-A`, `a.*`)', /not by HeadersRegexp/],
    ['HostRegexp(`{a:(x+)+}.test`)', /VHOST has a host that is not served/],
    ['Host(`a.test`) && Path(`/{a:(x+)+}`)', /PATH must have regular expressions that are quick/],
    ['Host(`a.test`) && PathPrefix(`/a`) && Path(`/{id}`)', /both must match/],
    ['Host(`a.test`) && Path(`/a/c`, `/b`) && PathPrefix(`/c`)', /no request can match/],
    ['Host(`a.test`) && (Path(`/a`) || PathPrefix(`/b`))', /not both/],
    ['Host(`a.test b.test`)', /a\.test b\.test is no host name/],
    ['Host(`a.test:80`)', /is no host name/],
    ['Host(`a.test`) && Path(`/a`) && PathPrefix(`/a/b`)', /no request can match/],
    ['constructor(`a.test`)', /not by constructor/],
    ['Host(`a.test`) && !PathPrefix(`/api`)', /must not match/],
    ['Host(`a.test`) && Host(`b.test`)', /no request can match/],
    ['Host(`a.test`) && PathPrefix(`/a`) || Host(`b.test`) && PathPrefix(`/b`)', /different paths/],
    ['Host(`a.test`) && ClientIP(`10.0.0.1`) || Host(`b.test`)', /ClientIP for some/],
    ['Host(`a.test`', /cannot be read/],
    ['Host(`a.test`) Host(`b.test`)', /cannot be read/],
    ['Host(a.test)', /cannot be read/],
    ['&& Host(`a.test`)', /cannot be read/],
    ['Host(`a.test`) ; 1', /cannot be read/],
    ['', /cannot be read/],
  ])('no label says %j', (rule, why) => {
    const found = translated({ 'http.routers.r.rule': rule, 'http.services.s.loadbalancer.sticky': 'true' });
    expect(found.labels).toEqual({});
    expect(told(found)).toEqual([expect.stringMatching(/^lost traefik\.http\.routers\.r\.rule: /)]);
    expect(told(found)[0]).toMatch(why);
  });

  it('ends also for a rule of many combinations', () => {
    const rule = Array.from({ length: 12 }, () => '(Host(`a.test`) || Host(`b.test`))').join(' && ');
    const found = translated({ 'http.routers.r.rule': rule });
    expect(found.labels['HAPROXY_0_VHOST'] ?? told(found)[0]).toMatch(/combinations|a\.test,b\.test/);
  });
});
