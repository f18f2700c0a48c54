import { expect, it } from 'vitest';
import {
  areApart,
  isImplied,
  matchKey,
  parseRequestConditions,
  parseRequestMatches,
  type RequestMatch,
} from './request-matches.ts';

it('requests are told by methods, headers, parameters and cookies', () => {
  expect(parseRequestMatches('header X-Canary  1; cookie beta\ncookie b -x; query debug; method get, POST')).toEqual({
    value: {
      text: 'header X-Canary 1\ncookie beta\ncookie b -x\nquery debug\nmethod GET,POST',
      rules: [
        { kind: 'header', name: 'X-Canary', value: '1' },
        { kind: 'cookie', name: 'beta', value: '' },
        { kind: 'cookie', name: 'b', value: '-x' },
        { kind: 'query', name: 'debug', value: '' },
        { kind: 'method', name: 'GET,POST', value: '' },
      ],
    },
  });
});

it.each([
  'path a 1',
  'header',
  'header X:Y 1',
  'cookie a "b"',
  'cookie a 1 2',
  'header A }',
  ';',
  'method',
  'method GET }',
  'query a(b) 1',
  'query a %[src]',
])('%j is no rule', (text) => {
  expect(parseRequestMatches(text)).toHaveProperty('must');
  expect(parseRequestConditions(text)).toHaveProperty('must');
});

it('all rules of MATCH fit one line of HAProxy, and a request has one method', () => {
  const rules = ['header A', 'header B', 'query c', 'cookie d', 'method GET', 'query f'];
  expect(parseRequestConditions(rules.slice(0, 5).join(';'))).toHaveProperty('value');
  expect(parseRequestConditions(rules.join(';'))).toHaveProperty('must');
  expect(parseRequestConditions('method GET; method POST')).toHaveProperty('must');
});

it.each([
  ['header X-A', 'header x-a 1', true],
  ['header X-A 1', 'header x-a 1', true],
  ['header X-A 1', 'header X-A', false],
  ['header X-A 1', 'header X-A 2', false],
  ['cookie a', 'cookie A', false],
  ['header a', 'cookie a', false],
  ['method GET,POST', 'method POST', true],
  ['method POST', 'method GET,POST', false],
])('that a request has %s follows from %s: %s', (wide, narrow, expected) => {
  expect(isImplied(ruleOf(wide), ruleOf(narrow))).toBe(expected);
});

it('only methods are known to be apart', () => {
  expect(areApart(ruleOf('method GET'), ruleOf('method POST,PUT'))).toBe(true);
  expect(areApart(ruleOf('method GET'), ruleOf('method POST,GET'))).toBe(false);
  // A request can have a header twice.
  expect(areApart(ruleOf('header A 1'), ruleOf('header A 2'))).toBe(false);
});

it('rules of the same effect have the same key', () => {
  expect(key('header X-A 1; method POST,GET')).toBe(key('method GET,POST; header x-a 1; header X-A 1'));
  expect(key('header X-A 1')).not.toBe(key('header X-A 2'));
  expect(key('cookie a')).not.toBe(key('cookie A'));
});

function key(text: string): string {
  return matchKey(rulesOf(text));
}

function rulesOf(text: string): readonly RequestMatch[] {
  const parsed = parseRequestMatches(text);
  if ('must' in parsed) throw new Error(parsed.must);
  return parsed.value.rules;
}

function ruleOf(text: string): RequestMatch {
  return rulesOf(text)[0] as RequestMatch;
}
