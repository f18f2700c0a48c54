import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { findOffendingLabel } from './offending-label.ts';

const shop = service(
  1,
  { BACKEND_HEAD: '\nbackend {backend}\n  blance {balance}\n', BACKEND_HTTP_OPTIONS: '  http-request foo if {{ bar }}\n' },
  { balance: 'nonsense', bindOptions: 'ssl-min TLSv1', networkAllowed: '10.0.0.0/8 10.1/99', sslCert: '/etc/no.pem' },
);

it.each([
  ['balance nonsense', 'HAPROXY_0_BALANCE'],
  ['bind *:10001 ssl crt /etc/no.pem ssl-min TLSv1', 'HAPROXY_0_BIND_OPTIONS'],
  ['acl network_allowed src 10.1/99', 'HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL'],
  ['blance nonsense', 'HAPROXY_0_BACKEND_HEAD'],
  ['http-request foo if { bar }', 'HAPROXY_0_BACKEND_HTTP_OPTIONS'],
  ['acl host hdr(host) -i app-1.example.com', 'HAPROXY_0_VHOST'],
  ['option forwardfor', undefined],
  [undefined, undefined],
])('%s: %s', (line, label) => {
  expect(findOffendingLabel(shop, line)).toBe(label);
});

it('names a label with the value that holds without it', () => {
  expect(findOffendingLabel(service(1), 'balance roundrobin')).toBe('HAPROXY_0_BALANCE');
});
