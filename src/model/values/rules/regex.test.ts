import { describe, expect, it } from 'vitest';
import { literalStart, readRegex } from './regex.ts';

describe('readRegex', () => {
  it.each([
    ['^/old$', 0],
    ['^/v1/(.*)', 1],
    ['^/v([0-9]+)/(.*)$', 2],
    ['^/([^/]+)/([^/]+)/(.*)$', 3],
    ['^/(?:en|de)/(.+)', 1],
    ['^/(\\d{4})-(\\d{1,2})/(.*?)$', 3],
    ['^/(.*)\\.php$', 1],
    ['^/a?b/(?:x)?', 0],
    ['^/[a-z0-9_-]+/x', 0],
    ['^/[-a]+', 0],
    ['^/\\.well-known/', 0],
    ['^(/[a-z]+)(/.*)', 2],
    ['^/(ab){2,3}', 1],
    ['^/(?:ab)+c', 0],
    ['^/+', 0],
    ['^/[a-z]*(/)[a-z]*', 1],
  ])('%s has %i groups', (text, groups) => {
    expect(readRegex(text)).toEqual({ groups });
    expect(new RegExp(text).source).toBe(new RegExp(text).source);
  });

  it.each([
    '/v1',
    '',
    '^/a|b',
    '^/(a|b)+',
    '^/(a*)*',
    '^/(?:a+b)+',
    '^/(?:a?){50}',
    '^/[a-z]*[a-z]*!',
    '^/.*a.*b',
    '^/[a-z]*a[a-z]*',
    '^/(?:[a-z]*|b)x',
    '^/(?:b|[a-z]*)x',
    '^/a?a?a?a?a?a?a?a?',
    '^/(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)',
    '^/a{0,101}',
    '^/a{3,2}',
    '^/a{1,50}b{1,50}',
    '^/(a',
    '^/a)',
    '^/[z-a]',
    '^/[\\d-z]',
    '^/[a',
    '^/[]a',
    '^/[[:alpha:]]',
    '^/(?=a)',
    '^/(?<x>a)',
    '^/(?i)a',
    '^/(a)\\1',
    '^/\\x20',
    '^/\\pL',
    '^/a++',
    '^/a**',
    '^/[a-z]*(?:/|a)[a-z]*',
    '^/[a-z]*(?:/)?[a-z]*',
    '^/*?*',
    '^*',
    '^/$a',
    '^/(*VERB)',
    "^/'",
    '^/"',
    '^/#',
    '^/{',
    '^/a b',
    '^/ü',
    '^/%[env(HOME)]',
    `^/${'(a)'.repeat(10)}`,
    `^/${'a'.repeat(500)}`,
  ])('%s is refused', (text) => {
    expect(readRegex(text)).toEqual({ fault: expect.any(String) as string });
  });
});

describe('literalStart', () => {
  it.each([
    ['^/a/b', '/a/b'],
    ['^/v[0-9]+', '/v'],
    ['^/ab*', '/a'],
    ['^/ab{0,2}c', '/a'],
    ['^/ab?c', '/a'],
    ['^/ab+', '/ab'],
    ['^/a\\.b$', '/a.b'],
    ['^/a\\.?', '/a'],
    ['^(?:/a|/b)', ''],
    ['^\\d', ''],
  ])('of %j is %j', (text, start) => expect(literalStart(text)).toBe(start));
});
