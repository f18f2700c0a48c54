import { expect, test } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { isUnresolved, pinned } from './pinned-addresses.ts';

const addresses = new Map([['db.example.com', '10.0.0.7']]);

test.each([
  ['  server db db.example.com:5432 check', '  server db db.example.com:5432 init-addr libc,10.0.0.7 check'],
  ['server db db.example.com', 'server db db.example.com init-addr libc,10.0.0.7'],
  ['  server new new.example.com:80 check', '  server new new.example.com:80 init-addr libc,none check'],
  ['  server db db.example.com:1 init-addr last,libc check', '  server db db.example.com:1 init-addr libc,10.0.0.7 check'],
  ['  server-template t 3 db.example.com:1 check', '  server-template t 3 db.example.com:1 init-addr libc,10.0.0.7 check'],
])('a server line with a host name gets an address: %s', (line, expected) => {
  expect(pinned(service(1, { BACKEND: `  balance source\n${line}\n` }), addresses)?.templates['BACKEND']).toBe(
    `  balance source\n${expected}\n`,
  );
});

test.each([
  '  server a 10.0.0.1:80',
  '  server a [::1]:80',
  '  server {serverName} {host_ipv4}:80',
  '  server a /run/x.sock',
  '# server a b:1',
])('a line without a host name stays: %s', (line) => {
  expect(pinned(service(1, { BACKEND: `${line}\n` }), addresses)).toBeUndefined();
});

test("HAProxy's words", () => {
  expect(isUnresolved("'server b/a' : could not resolve address 'nosuch.invalid'.")).toBe(true);
  expect(isUnresolved("unknown keyword 'weird'")).toBe(false);
});
