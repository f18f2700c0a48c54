import { expect, test } from 'vitest';
import { headFault } from './validate-head.ts';

const GOOD = 'global\n  stats socket /run/x.sock level admin expose-fd listeners\n';

test('a head with expose-fd listeners and no daemon is fine', () => expect(headFault(GOOD)).toBeUndefined());

test('the word daemon is named, with the template', () => expect(headFault(`${GOOD}  daemon\n`)).toMatch(/HAPROXY_HEAD.*daemon/));

test('a word that only contains daemon is fine', () => expect(headFault(`${GOOD}  user daemonize\n`)).toBeUndefined());

test('the missing option is named with a line to copy', () =>
  expect(headFault('global\n  stats socket /run/x.sock\n')).toMatch(/HAPROXY_HEAD.*expose-fd listeners.*stats socket/));

test('a comment does not count', () => {
  expect(headFault(`${GOOD}# no daemon here\n`)).toBeUndefined();
  expect(headFault('global\n  # expose-fd listeners\n')).toMatch(/must contain/);
});
