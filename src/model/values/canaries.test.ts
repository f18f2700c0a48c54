import { expect, it } from 'vitest';
import { parseAppIds, parseServiceName, readServiceName } from './canaries.ts';

it.each([
  [' /shop:0 ', { app: '/shop', index: 0 }],
  ['/team/shop', { app: '/team/shop', index: undefined }],
  ['/a:b:12', { app: '/a:b', index: 12 }],
])('%j names a service', (text, parts) => {
  const parsed = parseServiceName(text);
  expect('value' in parsed && readServiceName(parsed.value)).toEqual(parts);
});

it.each(['shop', ':0', '/shop 0', '/a/%[src]', '/a,/b', `/${'a'.repeat(1000)}`])('%j names no service', (text) => {
  expect(parseServiceName(text)).toHaveProperty('must');
});

it('app ids are separated by commas', () => {
  expect(parseAppIds('/a, /b/c')).toEqual({ value: '/a,/b/c' });
  expect(parseAppIds('/a,b')).toHaveProperty('must');
  expect(parseAppIds(',')).toHaveProperty('must');
});
