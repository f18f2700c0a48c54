import { expect, test } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

test.each([
  ['a', { a: '' }, true],
  ['a', {}, false],
  ['a==x', { a: 'x' }, true],
  ['a == x , b', { a: 'x', b: '1' }, true],
  ['a==x,b', { a: 'x' }, false],
  ['a!=x', { a: 'y' }, true],
  ['a!=x', {}, false],
  ['a in (x, y)', { a: 'y' }, true],
  ['a in (x,y)', { a: 'z' }, false],
  ['a notin (x,y)', { a: 'z' }, true],
  ['a notin (x,y)', {}, false],
  ['a==b\\,c', { a: 'b,c' }, true],
])('%s on %j: %s', (selector, labels, expected) => {
  expect(parseLabelSelector(selector)(labels as Record<string, string>)).toBe(expected);
});

test.each(['', 'a=x', 'a ===', 'a in x', 'a in (x', 'a,'])('%j cannot be read', (selector) => {
  expect(() => parseLabelSelector(selector)).toThrow('Can not parse label selector');
});
