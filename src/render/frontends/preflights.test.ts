import { expect, test } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { withOpenPreflights } from './preflights.ts';

const auth = { realm: 'r', user: 'u', password: 'p' };
const typed = { CORS_ORIGINS: '*' };

function opened(text: string, change: Partial<ServiceDefinition> = {}): string {
  return withOpenPreflights(text, service(1, {}, { auth, typed, ...change }));
}

test('a rule that asks for a password passes over preflight requests, whatever its realm', () => {
  const rule = '  acl auth_a http_auth(u)\n  http-request auth realm "a if \\" b" if host_a !auth_a\n  use_backend b if host_a\n';
  expect(opened(rule)).toBe(
    '  acl auth_a http_auth(u)\n' +
      '  http-request auth realm "a if \\" b" if host_a !auth_a !METH_OPTIONS or host_a !auth_a !{ req.hdr(Access-Control-Request-Method) -m found }\n' +
      '  use_backend b if host_a\n',
  );
});

test('nothing changes without the label CORS_ORIGINS, in mode tcp, or in a rule that has no such condition', () => {
  const rule = '  http-request auth realm a if x\n';
  expect(opened(rule, { typed: { MAX_BODY: 1 } })).toBe(rule);
  expect(opened(rule, { typed: undefined })).toBe(rule);
  expect(opened(rule, { mode: 'tcp' })).toBe(rule);
  for (const other of ['  http-request auth realm a\n', '  http-request auth realm a unless x\n'])
    expect(opened(other)).toBe(other);
});
