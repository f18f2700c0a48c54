import { expect, test } from 'vitest';
import { splitComment } from './words.ts';

test.each([
  ['  server a 1.1.1.1:1 check', '  server a 1.1.1.1:1 check', ''],
  ['  server a 1.1.1.1:1 # note # more', '  server a 1.1.1.1:1 ', '# note # more'],
  ['  acl x str("#") -m str \'#\' # y', '  acl x str("#") -m str \'#\' ', '# y'],
  [String.raw`  acl x str(\#) "a\"#"`, String.raw`  acl x str(\#) "a\"#"`, ''],
  ['# only', '', '# only'],
])('splits %j before its comment', (line, code, comment) => {
  expect(splitComment(line)).toEqual([code, comment]);
});
