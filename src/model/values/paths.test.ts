import { describe, expect, it } from 'vitest';
import { ignoresCase, parseCutPath, parsePaths, parseRootPath, parseTarget } from './paths.ts';

describe('parsePaths', () => {
  it.each([
    '/',
    '-i /a /b',
    '-m str /x',
    '-n -i /a',
    '-- /f',
    '/x-f/y',
    '/a%20b',
    '/.well-known/acme-challenge/',
    '/a;b=c,d:e@f',
    '-m sub api',
  ])('%j is fine', (text) => expect(parsePaths(text)).toEqual({ value: text }));

  it.each([
    ['-f /tmp/fifo', 'flag'],
    ['-i -f /x', 'flag'],
    ['-M -f /x', 'flag'],
    ['-u 1 /x', 'flag'],
    ['-m reg ^(a+)+$', 'flag'],
    ['-m -f /x', 'flag'],
    ['-fx', 'flag'],
    ['"-f" /x', 'letters'],
    ['\\x2df /etc/shells', 'letters'],
    ["'-'f /x", 'letters'],
    ['"${X--f}" /x', 'letters'],
    ['/x # y', 'letters'],
    ['/x %[env(HOME)]', 'letters'],
    ['/x%zz', 'letters'],
    ['/x if TRUE { always_true }', 'letters'],
    ['/ü', 'letters'],
    ['/x\u0007', 'letters'],
  ])('%j is not', (text, why) => {
    expect(parsePaths(text)).toEqual({ must: expect.stringContaining(why) });
  });

  it('drops what can match no path', () => {
    expect(parsePaths('api')).toMatchObject({ value: '', faults: [{ fix: 'begin it with a slash: /api' }] });
    expect(parsePaths('-i /a api')).toMatchObject({ value: '-i /a', faults: [{ detail: 'has api, which no path begins with' }] });
    expect(parsePaths('/a -f')).toMatchObject({ value: '/a' });
    expect(parsePaths('-i')).toMatchObject({ value: '', faults: [{ detail: expect.stringContaining('flags only') }] });
  });

  it('knows whether case counts', () => {
    expect(['/a', '-i /a', '-n -i /a', '/a -i', '-- -i'].map(ignoresCase)).toEqual([false, true, true, false, false]);
  });
});

describe.each([
  ['parseCutPath', parseCutPath],
  ['parseRootPath', parseRootPath],
  ['parseTarget', parseTarget],
])('%s', (_, parse) => {
  it.each(['/', '/path/to/app', '/app-test', '/s/', '/a.b~c'])('%j is fine', (text) => {
    expect(parse(text)).toEqual({ value: text });
  });

  it.each([
    '/x /headers/%[str(user),map(/etc/passwd),url_enc]/%[env(HOME)] #',
    '/x if TRUE',
    '/"x"',
    "/'x",
    '/x\\x20y',
    '/$HOME',
    '/%[src]',
    '/#',
    '/(a+)+',
    '/x\u0001',
    '/x\ty',
  ])('%j is not', (text) => expect(parse(text)).toHaveProperty('must'));
});

it('says that a path to cut off without a slash has no effect', () => {
  expect(parseCutPath('app')).toMatchObject({ value: undefined, faults: [{ fix: 'begin it with a slash: /app' }] });
});

it('redirects to a URL with a query', () => {
  expect(parseTarget('https://www.example.com/a?b=c')).toEqual({ value: 'https://www.example.com/a?b=c' });
});

it('takes % in a regular expression, not in a format', () => {
  expect(parseCutPath('/a%20b')).toEqual({ value: '/a%20b' });
  expect(parseRootPath('/a%20b')).toHaveProperty('must');
  expect(parseTarget('/a%20b')).toHaveProperty('must');
});
