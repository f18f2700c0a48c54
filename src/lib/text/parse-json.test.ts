import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson, shareOfHeap } from './parse-json.ts';

/** Long enough to be looked at. */
const PAD = ' '.repeat(70_000);

it('is JSON.parse for what costs little', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
      expect(parseJson(PAD + text)).toEqual(JSON.parse(text));
    }),
  );
});

it.each(['', '{', '"', '"\\"', '[1,]', '"\\', 'x'])('throws a SyntaxError for %j', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
  expect(() => parseJson(PAD + text)).toThrow(SyntaxError);
});

it.each([
  ['deep', (values: number) => '['.repeat(values)],
  ['wide', (values: number) => `[${'[],'.repeat(values / 2)}0]`],
  ['a list of numbers', (values: number) => `[0${',0'.repeat(values)}]`],
])('throws a RangeError for what costs too much memory, before it does: %s', (_, textOf) => {
  expect(() => parseJson(textOf(shareOfHeap(256) + 2))).toThrow(RangeError);
});

it('looks at no bracket inside of a string', () => {
  const value = { a: '['.repeat(100_000), b: '\\"['.repeat(50_000), c: '\\' };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
});

it('takes what is wide and deep as Marathon never is', () => {
  expect(parseJson(`[${'[0],'.repeat(50_000)}0]`)).toHaveLength(50_001);
  expect(parseJson(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toHaveLength(1);
});
