import { expect, it } from 'vitest';
import { defineService, labelsByIndex } from './definition.ts';
import { isSound } from './is-sound.ts';
import type { ServiceDefinition } from '../service.ts';
import type { App } from '../snapshot.ts';

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
const app: App = { id: '/shop', labels, tasks: [] };
const { definition } = defineService(app, 0, 10_000, labelsByIndex(app).get(0) ?? {});
const good = definition as ServiceDefinition;

it('what labels come to is sound', () => {
  expect(good).toMatchObject({ vhosts: ['a.test', 'b.test'], auth: { user: 'alice' } });
  expect(isSound(good)).toBe(true);
});

it.each<Partial<ServiceDefinition>>([
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
])('a saved %j is not', (change) => {
  expect(isSound({ ...good, ...change })).toBe(false);
});
