import { describe, expect, it } from 'vitest';
import { originPattern, parseHeaderNames, parseMethods, parseOrigins } from '../network/origins.ts';
import { parseHeaderRules } from './header-rules.ts';
import { parseRewrites } from './rewrites.ts';

describe('parseHeaderRules', () => {
  it('reads rules of lines and of semicolons, which values may have too', () => {
    const text = "set X-A: a; b ; add X-B:c;del X-C;\n\n set X-D : default-src 'self'; img-src *";
    expect(parseHeaderRules(text)).toEqual({
      value: {
        text: "set X-A: a; b\nadd X-B: c\ndel X-C\nset X-D: default-src 'self'; img-src *",
        rules: [
          { verb: 'set', name: 'X-A', value: 'a; b' },
          { verb: 'add', name: 'X-B', value: 'c' },
          { verb: 'del', name: 'X-C', value: '' },
          { verb: 'set', name: 'X-D', value: "default-src 'self'; img-src *" },
        ],
      },
    });
  });

  it.each([
    '',
    ';',
    'X-A: b',
    'set X-A',
    'set X-A:',
    'set X A: b',
    'del X-A: b',
    'del X-A X-B',
    'replace X-A: b',
    'set Transfer-Encoding: chunked',
    'del content-length',
    'set X-A: %[env(HOME)]',
    'set X-A: ${HOME}',
    'set X-A: \\x41',
    'set X-A: ü',
    'set X-A: a\tb',
    `set X-A: ${'x'.repeat(1001)}`,
    Array.from({ length: 101 }, () => 'del X-A').join('\n'),
  ])('refuses %j', (text) => {
    expect(parseHeaderRules(text)).toEqual({ must: expect.stringMatching(/^must /) as string });
  });
});

describe('parseRewrites', () => {
  it('reads rules', () => {
    expect(parseRewrites('^/v1/(.*)  /\\1;\n^/old$ /new%20one')).toEqual({
      value: {
        text: '^/v1/(.*) /\\1\n^/old$ /new%20one',
        rules: [
          { match: '^/v1/(.*)', path: '/\\1' },
          { match: '^/old$', path: '/new%20one' },
        ],
      },
    });
  });

  it.each([
    '',
    '^/a',
    '^/a /b /c',
    '^/a b',
    '^/a /%[src]',
    '^/a /%2',
    '^/a /\\1',
    '^/(a) /\\2',
    '^/(a) /\\0',
    "^/a /'",
    '^/a /"',
    '^/a /b?c',
    '^/a /b#c',
    '(a+)+ /b',
    Array.from({ length: 21 }, () => '^/a /b').join(';'),
  ])('refuses %j', (text) => {
    expect(parseRewrites(text)).toEqual({ must: expect.stringMatching(/^must /) as string });
  });
});

describe('values for CORS', () => {
  it.each([
    ['https://a.test', undefined],
    ['http://a.test:8080', undefined],
    ['a.test', '^https?://a\\.test(:[0-9]+)?$'],
    ['a.test:80', '^https?://a\\.test:80$'],
    ['*.a.test', '^https?://([a-z0-9_-]+\\.)+a\\.test(:[0-9]+)?$'],
    ['https://*.a.test:8443', '^https://([a-z0-9_-]+\\.)+a\\.test:8443$'],
  ])('the origin %s has the pattern %s', (text, pattern) => {
    expect(parseOrigins(text)).toEqual({ value: text });
    expect(originPattern(text)).toBe(pattern);
  });

  it.each([
    '',
    '*,a.test',
    'https://',
    'https://a.test/',
    'ftp://a.test',
    'a.*.test',
    '**',
    'a.test:0',
    'a.test:65536',
    'a(b',
    'a+b',
    'null://x',
  ])('no origin is %j', (text) => expect(parseOrigins(text)).toHaveProperty('must'));

  it('reads lists', () => {
    expect(parseOrigins('HTTPS://A.test, a.test,a.test')).toEqual({ value: 'https://a.test,a.test' });
    expect(parseMethods('get, Put')).toEqual({ value: 'GET,PUT' });
    expect(parseHeaderNames('X-A , x_b')).toEqual({ value: 'X-A,x_b' });
  });

  it.each(['', ',', 'G"ET', 'GET %[src]', '*', '1'])('no methods are %j', (text) => {
    expect(parseMethods(text)).toHaveProperty('must');
  });

  it.each(['', ',', 'X:A', '"', '%[src]', 'ü'])('no names of headers are %j', (text) => {
    expect(parseHeaderNames(text)).toHaveProperty('must');
  });
});
