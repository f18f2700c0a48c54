import { expect, test } from 'vitest';
import { hostOfUrl, parseAuthHeaders, parseAuthUrl, parseSignIn } from './forward-auth.ts';

test.each([
  ['https://auth.test/check', 'auth.test:443'],
  ['http://auth.test', 'auth.test:80'],
  ['http://10.0.0.9:4180/a?b=c:9', '10.0.0.9:4180'],
  ['https://auth.test?x=http://other.test/', 'auth.test:443'],
])('%s asks %s', (url, host) => {
  expect(parseAuthUrl(` ${url} `)).toEqual({ value: url });
  expect(hostOfUrl(url)).toBe(host);
});

test.each([
  'auth.test/check',
  'ftp://auth.test/',
  'https://',
  'https:///x',
  'https://ann:secret@auth.test/',
  'https://auth.test@evil.test/',
  'https://auth.test:0/',
  'https://auth.test:65536/',
  'https://auth.test:080/',
  'https://AUTH.test/',
  'https://auth.test/ x',
  'https://auth.test/#x',
  'https://auth.test/"x"',
  'https://auth.test/$HOME',
  'https://auth.test/\\',
  "https://auth.test/'x'",
  'https://[::1]/',
])('%s is no address to ask', (url) => {
  expect(parseAuthUrl(url)).toHaveProperty('must');
});

test('a sign-in page may be a path of the same host, and not one that browsers take for another host', () => {
  for (const page of ['/oauth2/start', '/', 'https://auth.test/start?a=b']) expect(parseSignIn(page)).toEqual({ value: page });
  for (const page of ['//evil.test/', 'start', 'javascript:alert', '/a b']) expect(parseSignIn(page)).toHaveProperty('must');
});

test('headers of an answer never say how long a request is or whom it is for', () => {
  expect(parseAuthHeaders('X-User, X-Groups')).toEqual({ value: 'X-User,X-Groups' });
  for (const text of ['Host', 'X-User,content-length', 'Transfer_Encoding', 'a b:c']) {
    expect(parseAuthHeaders(text)).toHaveProperty('must');
  }
});
