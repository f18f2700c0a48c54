import { describe, expect, it } from 'vitest';
import { parsePathsAs, parsePathType, pathWords } from './path-types.ts';

describe('parsePathType', () => {
  it.each([
    ['begin', undefined],
    [' Prefix ', 'prefix'],
    ['exact', 'exact'],
    ['REGEX', 'regex'],
  ] as const)('%j is %s', (text, value) => expect(parsePathType(text)).toEqual({ value }));
  it.each(['regexp', 'prefix exact', 'beg'])('%j is refused', (text) => expect(parsePathType(text)).toHaveProperty('must'));
});

describe('parsePathsAs', () => {
  it.each([
    ['regex', '^/v[0-9]+/ ^/x$'],
    ['regex', '-i ^/A\\.b$'],
    ['prefix', '-i -n /a /b/'],
    ['exact', '-- /a'],
    [undefined, '-m end .png'],
  ] as const)('%s: %j is fine', (type, text) => expect(parsePathsAs(type, text)).toEqual({ value: text }));
  it.each([
    ['regex', '/v[0-9]+/'],
    ['regex', '-i'],
    ['regex', '-f /etc/passwd'],
    ['regex', '^/a -f'],
    ['regex', '^/(a+)+$'],
    ['regex', '^/"$'],
    ['prefix', '-m end .png'],
    ['exact', '/a '.repeat(101)],
    ['exact', '^/a'],
  ] as const)('%s: %j is refused', (type, text) => expect(parsePathsAs(type, text)).toHaveProperty('must'));
});

describe('pathWords', () => {
  it.each([
    [undefined, '-i /a', '-i /a'],
    ['exact', '-- /a /b', '-m str /a /b'],
    ['prefix', '-i /a/ /b.c(d)+', '-i -m reg ^/a(/.*)?$ ^/b[.]c[(]d[)][+](/.*)?$'],
    ['regex', '-i ^/a$ ^/b', '-i -m reg ^/a$ ^/b'],
  ] as const)('%s: %j is %j', (type, path, words) => expect(pathWords(path, type)).toBe(words));
});
