import { spawnSync } from 'node:child_process';
import { cpuTime } from '../../test/support/cpu-time.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HAPROXIES } from '../../test/support/haproxy/haproxies.ts';
import { readWords } from './words.ts';

const folder = mkdtempSync(join(tmpdir(), 'words-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIRST_WORDS: readonly (readonly [line: string, first: string])[] = [
  [String.raw`a\x62c`, 'abc'],
  [String.raw`a\ b`, 'a b'],
  [String.raw`a\#b`, 'a#b'],
  ['a#b', 'a'],
  [String.raw`'a\x62'`, String.raw`a\x62`],
  [String.raw`"a\x62"`, 'ab'],
  [String.raw`"a\$b"`, 'a$b'],
  [String.raw`a\$b`, String.raw`a\$b`],
  [String.raw`"a\'b"`, "a'b"],
  [String.raw`a\'b`, "a'b"],
  [String.raw`a\"b`, 'a"b'],
  [String.raw`\q`, String.raw`\q`],
  [String.raw`a\\b`, String.raw`a\b`],
  ['"x${FOO-80}y"', 'x80y'],
  ['x${FOO-80}y', 'x${FOO-80}y'],
  ['"x$FOO y"', 'x y'],
  ['"${FOO}"z', 'z'],
  ['"{$FOO-80}"', '{-80}'],
  ['"$FOO-80"', '-80'],
  ['"${FOO[*]-a b}c"', 'a'],
  ['"${FOO-8 0}"', '8 0'],
  ['"${FOO-a${BAR-b}}"', 'a${BAR-b}'],
  ['"${FOO-\\x38}"', String.raw`\x38`],
  ['"${FOO-"x"}"', '"x"'],
  [`'a'\\''b'`, "a'b"],
  ['"a#b"', 'a#b'],
  ['a\vb', 'a'],
  ['a\fb', 'a'],
  [String.raw`x\x00y`, 'x'],
  [String.raw`sho"p.test"`, 'shop.test'],
];

describe.each(HAPROXIES)('%s', (haproxy) => {
  it.each(FIRST_WORDS)('reads %j as readWords does', (line, first) => {
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, `global\n${line} next\n`);
    const { stderr } = spawnSync(haproxy, ['-c', '-f', file], { encoding: 'utf8', env: {} });
    expect(/unknown keyword '([^]*?)' in 'global'/.exec(stderr)?.[1]).toBe(first);
    expect(readWords(line)[0]).toBe(first);
  });
});

it.each([
  ['', []],
  ['  # nothing', []],
  ['  bind\t*:80 name "" x', ['bind', '*:80', 'name', '', 'x']],
  ['"${FOO[*]-a b}c" d', ['a', 'bc', 'd']],
  ['acl x path "/a b" \'c d\'', ['acl', 'x', 'path', '/a b', 'c d']],
  ['"never closed', ['never closed']],
])('splits %j', (line, words) => {
  expect(readWords(line)).toEqual(words);
});

it('takes linear time', () => {
  for (const piece of ['\\x61', '"${A-', '$', '${', '"', "'", ' #', '-', '\\']) {
    const time = cpuTime(() => {
      readWords(piece.repeat(65_536 / piece.length));
      readWords(`"${piece.repeat(65_536 / piece.length)}`);
    });
    expect(time).toBeLessThan(1000);
  }
});
