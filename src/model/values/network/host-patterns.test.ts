import { describe, expect, it } from 'vitest';
import { compareHostPatterns, hostWords, mayFit } from './host-patterns.ts';

describe('compareHostPatterns', () => {
  it('sorts longer wildcards first, then regular expressions, then any host', () => {
    const sorted = ['*.c.b.test', '*.a.test', '*.b.test', '~^x[0-9]+$', '~^a', '*'];
    expect(sorted.toReversed().sort(compareHostPatterns)).toEqual(sorted);
  });
});

describe('mayFit', () => {
  it.each([
    ['*', 'a.test', true],
    ['*.a.test', 'x.a.test', true],
    ['*.a.test', 'a.test', false],
    ['*.a.test', 'xa.test', false],
    ['*.a.test', '*.b.a.test', true],
    ['*.a.test', '*.b.test', false],
    ['~^x[0-9]+[.]test$', 'X12.test', true],
    ['~^x[0-9]+[.]test$', 'x.test', false],
    ['~^x', '*.test', true],
    ['*', '~^x', true],
  ])('%s fits %s: %s', (pattern, host, fits) => expect(mayFit(pattern, host)).toBe(fits));
});

describe('hostWords', () => {
  it.each([
    ['a.test', 'a.test'],
    ['*', '-m found'],
    ['*.a.test', '-m end .a.test'],
    ['~^a[.]test$', '-m reg ^a[.]test$'],
  ])('%s is %s', (host, words) => expect(hostWords(host)).toBe(words));
});
