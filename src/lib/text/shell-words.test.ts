import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWords } from './shell-words.ts';

test.each([
  ['systemctl reload haproxy', ['systemctl', 'reload', 'haproxy']],
  ['  a\t b\n', ['a', 'b']],
  [`sh -c 'kill -HUP "$(cat /run/x.pid)"'`, ['sh', '-c', 'kill -HUP "$(cat /run/x.pid)"']],
  [String.raw`a "b \"c\" \\ \d" e\ f ''`, ['a', String.raw`b "c" \ \d`, 'e f', '']],
  [`a'b'"c"d`, ['abcd']],
  ['a; b | c & d # e', ['a;', 'b', '|', 'c', '&', 'd', '#', 'e']],
  ['', []],
])('%j', (command, words) => expect(shellWords(command)).toEqual(words));

test.each([`a 'b`, 'a "b', 'a \\'])('%j is not a command', (command) => expect(shellWords(command)).toBeUndefined());

test('splits quotes and backslashes as sh does', () => {
  const command = String.raw`a 'b c'd "e \"f\" \\ g" h\ i "'" '"' \'\"`;
  const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
  expect(shellWords(command)).toEqual(printed.split('\n').slice(0, -1));
});
