import { expect, it } from 'vitest';
import { readHeaderName } from './header-name.ts';

it('reads a name', () => {
  expect(readHeaderName('request-id', ' X-Trace-Id ')).toBe('X-Trace-Id');
  expect(readHeaderName('request-id', undefined)).toBeUndefined();
});

it.each(['', 'X Id', 'X-Id:', 'x"', '-x', 'x_y', '%[src]', 'a'.repeat(65)])('refuses %j', (text) => {
  expect(() => readHeaderName('request-id', text)).toThrow(/is no name of a header/);
});

it.each(['Host', 'content-length', 'Cookie', 'X-Forwarded-For', 'Transfer-Encoding'])('refuses %s', (text) => {
  expect(() => readHeaderName('request-id', text)).toThrow(/has another meaning/);
});
