import { expect, test } from 'vitest';
import { kindNamed, kindOf, printFile } from './kinds.ts';
import type { MapFile } from './map.ts';

const difference = (before: MapFile | undefined, after: MapFile) => kindOf(after).difference(before, after);
const map = (...entries: [string, string][]): MapFile => ({ kind: 'map', name: 'domain2backend.map', entries });

test('a map is a line for each key, and is read back only if it was written like that', () => {
  const file = map(['a.test', 'a_1'], ['b.test', 'b_2']);
  expect(printFile(file)).toBe('a.test a_1\nb.test b_2\n');
  expect(kindOf(file).read(file.name, printFile(file))).toEqual(file);
  expect(kindOf(file).read(file.name, '# by hand\na.test a_1\n')).toBeUndefined();
});

test('maps differ by what came and went, or only in their order', () => {
  expect(difference(map(['a', 'x'], ['b', 'x']), map(['b', 'x'], ['c', 'y']))).toBe('+1 -1');
  expect(difference(map(['a', 'x'], ['b', 'x']), map(['b', 'x'], ['a', 'x']))).toBe('+0 -0');
  expect(difference(map(['a', 'x']), map(['a', 'x']))).toBeUndefined();
  expect(difference(undefined, map())).toBe('+0 -0');
});

test('files beside a configuration are known by their names', () => {
  expect(kindNamed('domain2backend.map')?.isSecret).toBe(false);
  expect(kindNamed('own.pem')).toBeUndefined();
});

test('a public key is one file for each content, and is known by its name', () => {
  const file = { kind: 'key', name: 'marathon-lb-jwt-0123456789abcdef.pem', text: 'KEY' } as const;
  expect(kindNamed(file.name)?.read(file.name, printFile(file))).toEqual(file);
  expect(kindNamed(file.name)?.read(file.name, '')).toBeUndefined();
  const changes = [
    kindOf(file).difference(undefined, file),
    kindOf(file).difference(file, undefined),
    kindOf(file).difference(file, file),
  ];
  expect(changes).toEqual(['+1 -0', '+0 -1', undefined]);
  for (const name of ['marathon-lb-jwt-x.pem', 'marathon-lb-jwt-0123456789abcdef.pem.1']) expect(kindNamed(name)).toBeUndefined();
});
