import { expect, it } from 'vitest';
import { defineService, labelsByIndex } from './definition.ts';
import { isSound } from './is-sound.ts';
import { fieldRows, typedRows } from './from-rows.ts';
import type { ServiceDefinition } from '../service.ts';
import { DEFAULT_LIMITS } from '../values/limits.ts';
import { workload } from '../../../test/support/workload.ts';

const labels = {
  HAPROXY_0_VHOST: 'http://a.test/, b.test,*.c.test',
  HAPROXY_0_PATH: '-i /a /b',
  HAPROXY_0_AUTH: 'My Realm:alice:$5$abc$def',
  HAPROXY_0_BIND_ADDR: '10.0.0.1,[::1]:80,*',
  HAPROXY_0_BIND_OPTIONS: 'ssl-min-ver TLSv1.2',
  HAPROXY_0_SSL_CERT: '/etc/ssl/a.pem',
  HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.0/8  ::1',
  HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/a',
};
const app = workload({ id: '/shop', labels });
const { definition } = defineService(app, 0, 10_000, labelsByIndex(app).get(0) ?? {});
const good = definition as ServiceDefinition;

it('accepts what labels give', () => {
  expect(good).toMatchObject({ vhosts: ['a.test', 'b.test'], auth: { user: 'alice' } });
  expect(isSound(good)).toBe(true);
});

it.each<[name: string, value: string]>([
  ...fieldRows.map(({ name, example }) => [name, example] as [string, string]),
  ...typedRows.map(({ name, example }) => [name, example] as [string, string]),
  ['REDIRECT_FROM', 'http://WWW.a.test/,a.test,old.a.test'],
  ['REQUEST_HEADERS', 'set  X-A :  b; c ;del X-B\n\nadd X-C: d'],
  ['REWRITE', ' ^/a  /b ;^/(c) /\\1'],
  ['PATH', '  -i  -m dir  api'],
  ['PATH', '/a b'],
  ['PATH', 'b'],
  ['BIND_ADDR', '::1,ipv6@::1,ipv6@[::1]:80,10.0.0.1 , shop.test:81,*'],
  ['BACKEND_NETWORK_ALLOWED_ACL', ' 10.0.0.0/8\t::1 '],
  ['BALANCE', ' uri   depth 3'],
  ['BIND_OPTIONS', ' ssl-min-ver  TLSv1.2'],
  ['SSL_CERT', ' /a.pem  crt  /b.pem '],
  ['BACKEND_HEALTHCHECK_PORT_INDEX', '-0'],
  ['HTTP_BACKEND_PROXYPASS_PATH', 'a'],
  ['HTTP_BACKEND_REVPROXY_PATH', ' /a '],
  ['HTTP_BACKEND_REDIR', ' https://a.test/?a=b '],
  ['STICKY', ' Yes'],
  ['AUTH', 'my realm :alice:$5$a$b'],
])('accepts a saved %s of %j', (name, value) => {
  const shop = workload({
    id: '/shop',
    labels: {
      HAPROXY_0_VHOST: 'a.test',
      ...(name.startsWith('JWT_') && { HAPROXY_0_JWT_KEY: 'x'.repeat(32) }),
      [`HAPROXY_0_${name}`]: value,
    },
  });
  const limits = { ...DEFAULT_LIMITS, authHosts: ['auth.example.com:443'] };
  const { definition: saved, refused } = defineService(shop, 0, 10_000, labelsByIndex(shop).get(0) ?? {}, limits);
  expect(refused).toEqual([]);
  expect(isSound(JSON.parse(JSON.stringify(saved)) as ServiceDefinition)).toBe(true);
});

it.each<Partial<ServiceDefinition>>([
  { tlsPassthrough: true, path: undefined, auth: undefined },
  { tlsPassthrough: true, mode: 'tcp', path: undefined },
  { bindAddr: 'unix@/any/file,*' },
  { vhosts: ['shop.tes\\x74'] },
  { hostname: 'a.test if TRUE #' },
  { hostname: 'other.test' },
  { path: '-f /etc/passwd' },
  { path: '/x\nbackend y' },
  { auth: { realm: '${X[*]-a if TRUE}', user: 'u', password: '$5$a$b' } },
  { auth: { realm: 'r', user: 'u', password: '$6$rounds=5000000$salt$x' } },
  { proxypassPath: '/x %[env(HOME)]' },
  { balance: 'source #' },
  { bindOptions: 'crt-list /etc/passwd' },
  { networkAllowed: '-f /x' },
  { vhosts: ['a.test', 'b.test', 'www.test'] },
  { typed: { REDIRECT_FROM: 'www.test' } },
  { typed: { REWRITE: '^/a /b' } },
  { typed: { REWRITE: { text: '^/a /b', rules: [{ match: '^/a', path: '/%[src]' }] } } },
  { typed: { REWRITE: { text: '^/a /b', rules: [] } } },
  { typed: { REWRITE: { rules: [{ match: '^/a', path: '/b' }] } } },
  { typed: { REQUEST_HEADERS: { text: 'set X: %[src]', rules: [{ verb: 'set', name: 'X', value: '%[src]' }] } } },
  { typed: { TIMEOUT_SERVER: '5m\nbackend x' } },
  { typed: { VHOST: 'a.test' } },
])('does not accept a saved %j', (change) => {
  expect(isSound({ ...good, ...change })).toBe(false);
});

it('a value that has no text is not sound, and breaks nothing', () => {
  const odd = { toString: 1 } as never;
  for (const change of [
    { redirPath: odd },
    { auth: { realm: odd, user: 'u', password: 'p' } },
    { typed: { TIMEOUT_SERVER: odd } },
    { typed: { REWRITE: odd } },
    { typed: { REWRITE: { text: odd, rules: [] } } },
    { typed: { REDIRECT_FROM: odd } },
  ]) {
    expect(isSound({ ...good, ...change })).toBe(false);
  }
});
