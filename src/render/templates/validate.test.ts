import { describe, expect, it } from 'vitest';
import { faultOf } from './validate.ts';

const values = { backend: 'shop_10000' };
const plain = { blank: false, haproxy: { sharedNames: true } };

const own = { ...plain, own: { socket: '/run/haproxy.sock', admin: '127.0.0.1:9092' } };

describe('faultOf', () => {
  it.each([
    ['HTTP_FRONTEND_ACL', '  acl x path /frontend\n  use_backend y if x\n'],
    ['HTTP_FRONTEND_ACL', '  # backend y\n\n  http-request set-header X "backend"\n'],
    ['HTTP_FRONTEND_ACL', '  cache-store x\n  default_backend y\n'],
    ['HTTP_FRONTEND_ACL', ''],
    [
      'BACKEND_HTTP_OPTIONS',
      '.if version_atleast(2.4)\n  option a\n.elif defined(X)\n .if 1\n .endif\n.else\n  option b\n.endif\n',
    ],
    ['BACKEND_HEAD', '\n# of ours\nbackend shop_10000 from mine\n  mode http\n'],
    ['FRONTEND_HEAD', 'frontend\tshop_10000\n  bind *:1\n'],
    ['USERLIST_HEAD', 'userlist user_shop_10000\n'],
  ] as const)('%s may be %j', (name, text) => {
    expect(faultOf(name, text, values, plain)).toBeUndefined();
  });

  it.each([
    ...'acme backend cache crt-store defaults fcgi-app frontend global http-errors listen log-forward log-profile'.split(' '),
    ...'mailers peers program resolvers ring traces userlist'.split(' '),
  ])('no line may begin the section %s', (keyword) => {
    const of = (line: string): string | undefined => faultOf('HTTP_FRONTEND_ACL', `  acl x path /\n${line}\n`, values, plain);
    for (const line of [`${keyword} y`, `\t ${keyword}`, `\v${keyword} #`, `no ${keyword} y`, `default ${keyword}`]) {
      expect(of(line)).toContain('begins a section');
    }
    for (const line of [`"${keyword}" y`, `'${keyword}'`, `\\${keyword}`])
      expect(of(line)).toContain('without quotes and backslashes');
    expect(faultOf('BACKEND_HEAD', `backend shop_10000\n${keyword} x\n`, values, plain)).toContain('begins a section');
  });

  it.each([
    ['BACKEND_HEAD', 'backend other_10000\n', 'not with "backend other_10000"'],
    ['BACKEND_HEAD', 'frontend shop_10000\n', 'it must begin with the line "backend shop_10000"'],
    ['BACKEND_HEAD', '  mode http\nbackend shop_10000\n', 'it must begin with the line "backend shop_10000"'],
    ['BACKEND_HEAD', '', 'it must begin with the line "backend shop_10000"'],
    ['BACKEND_HEAD', '.if 1\nbackend shop_10000\n.endif\n', 'it must begin with the line "backend shop_10000"'],
    ['FRONTEND_HEAD', '\n', 'it must begin with the line "frontend shop_10000"'],
    ['USERLIST_HEAD', 'userlist users\n', 'it must begin with the line "userlist user_shop_10000"'],
  ] as const)('%s must not be %j', (name, text, fault) => {
    expect(faultOf(name, text, values, plain)).toContain(fault);
  });

  it('lets a frontend be empty whose only other line is empty too', () => {
    expect(faultOf('FRONTEND_HEAD', '\n', values, { ...plain, blank: true })).toBeUndefined();
    expect(faultOf('BACKEND_HEAD', '\n', values, { ...plain, blank: true })).toContain('must begin');
  });

  it.each([
    ['.if 0\n', 'no .endif'],
    ['.endif\n.if 0\n', '.endif stands without its .if'],
    ['.else\n', '.else stands without its .if'],
    ['.if 0\n.endif\n.elif 1\n', '.elif stands without its .if'],
  ])('conditions end where they began: %j', (text, fault) => {
    expect(faultOf('HTTP_FRONTEND_ACL', text, values, plain)).toContain(fault);
  });

  it.each([
    'use_backend marathon_lb_admin if { path /x }',
    'use_backend "marathon_lb"_admin',
    'use_backend marathon_lb\\x5fadmin',
    'use_backend %[str(marathon_lb_admin)]',
    'default_backend stats',
    'http-request use-service prometheus-exporter if TRUE',
    'http-request use-service lua.getconfig_plain',
    'http-request use-service "lua.getconfig${Q-}"',
    'http-request use-service "prometheus-${Q-exporter}"',
    'use_backend "st${Q-ats}"',
    'stats admin if TRUE',
    'server x unix@/run/haproxy.sock',
    String.raw`server x "/run/hapro"xy.s\x6fck`,
    'server x 127.0.0.1:9092',
    'server x localhost:9092',
    'server x "127.0.0.1:${Q-9092}"',
    'server x unix@/run/./haproxy.sock',
    'server x /var/run//haproxy.sock',
    'server x /proc/1/root/run/haproxy.sock',
    'server x ip6-localhost:9092',
    'server x [0:0:0:0:0:0:0:1]:9092',
    'server x 2130706433:9092',
    'server x ipv4@127.1:09092',
    'server x [::ffff:127.0.0.1]:9092',
    'server x 127.0.0.1:+1',
    'server x 127.0.0.1',
    'server-template x 1 127.0.0.1:9092',
    'http-request set-dst-port int(9092)',
    'tcp-request content set-dst-port int(9092)',
  ])('the load balancer’s own endpoints are none of an app’s: %j', (line) => {
    expect(faultOf('FRONTEND_BACKEND_GLUE', `  ${line}\n`, values, own)).toContain("the load balancer's own");
  });

  it.each(['server x unix@/run/mlb/admin.sock', 'server x /run/mlb/../mlb/admin.sock'])(
    'nor if they are a socket: %j',
    (line) => {
      const sockets = { ...plain, own: { admin: 'unix@/run/mlb/admin.sock' } };
      expect(faultOf('FRONTEND_BACKEND_GLUE', `  ${line}\n`, values, sockets)).toContain("the load balancer's own");
    },
  );

  it.each([
    'server x unix@/var/run/marathon-lb-admin/mlb-admin.sock',
    'server x /run/marathon-lb-admin/mlb-admin.sock',
    'server-template x 2 unix@/run/../run//marathon-lb-admin/./mlb-admin.sock',
    'server x "/run/marathon-lb-admin/mlb-${Q-ad}min".sock',
  ])('a socket file is none of an app’s: %j', (line) => {
    const admin = { ...plain, own: { admin: 'unix@/var/run/marathon-lb-admin/mlb-admin.sock' } };
    expect(faultOf('FRONTEND_BACKEND_GLUE', `  ${line}\n`, values, admin)).toContain("the load balancer's own");
    expect(faultOf('FRONTEND_BACKEND_GLUE', '  server x unix@/srv/other-mlb-admin.sock\n', values, admin)).toBeUndefined();
  });

  it.each([
    'use_backend stats_10000',
    'stats enable',
    'http-request use-service lua.mine',
    'acl stats path /use_backend',
    '# marathon_lb_admin',
    'server x 10.0.0.5:9092',
    'server x 127.0.0.1:9093',
    'server x kafka.example.com:9092',
    'server x abns@other',
    'server x unix@/run/other.sock',
    'server x [2001:db8::1]:9092',
    'http-request set-header X-Path /run/haproxy.socket/x',
  ])('what only looks alike is fine: %j', (line) => {
    expect(faultOf('FRONTEND_BACKEND_GLUE', `  ${line}\n`, values, own)).toBeUndefined();
  });

  it.each([
    [true, 'frontend shop_10000', true],
    [true, 'frontend shop_10000_in', false],
    [false, 'frontend shop_10000', true],
    [false, 'frontend shop_10000_in', true],
    [false, 'frontend other_10000_in', false],
  ])('names shared: %s, %s: taken %s', (sharedNames, head, isTaken) => {
    const fault = faultOf('FRONTEND_HEAD', `${head}\n  bind *:1\n`, values, { blank: false, haproxy: { sharedNames } });
    expect(fault === undefined).toBe(isTaken);
  });

  it('takes the name of its own only for frontends', () => {
    const haproxy = { sharedNames: false };
    expect(faultOf('BACKEND_HEAD', 'backend shop_10000_in\n', values, { blank: false, haproxy })).toContain('must begin');
  });
});
