import { expect, test } from 'vitest';
import { isSameMap } from './deep-equal.ts';

const of = (authority: string) => new Map([['a.test', { client: { authority } }]]);

test('maps are the same if their values say the same', () => {
  expect(isSameMap(of('one'), of('one'))).toBe(true);
  expect(isSameMap(of('one'), of('two'))).toBe(false);
  expect(isSameMap(of('one'), new Map())).toBe(false);
});
