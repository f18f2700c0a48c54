import { expect, it } from 'vitest';
import { frontendName, withFrontendName } from './frontend-name.ts';

const own = { sharedNames: false };

it('names a frontend like its backend only if HAProxy lets two sections share a name', () => {
  expect(frontendName('shop_10000', { sharedNames: true })).toBe('shop_10000');
  expect(frontendName('shop_10000', own)).toBe('shop_10000_in');
});

it.each([
  ['frontend shop_10000\n  bind *:1\n', 'frontend shop_10000_in\n  bind *:1\n'],
  ['\n# mine\n frontend \tshop_10000 from x # y\n', '\n# mine\n frontend \tshop_10000_in from x # y\n'],
  ['.if 1\nfrontend shop_10000\n.else\nfrontend shop_10000\n.endif\n', null],
  ['frontend shop_10000_in\n', 'frontend shop_10000_in\n'],
  ['frontend other\n  use_backend shop_10000\n', 'frontend other\n  use_backend shop_10000\n'],
  ['  # frontend shop_10000\n  http-request set-header X frontend\\ shop_10000\n', undefined],
  ['frontend shop_100000\n', undefined],
])('%j', (text, expected) => {
  expect(withFrontendName(text, 'shop_10000', { sharedNames: true })).toBe(text);
  const both = text.replaceAll('frontend shop_10000\n', 'frontend shop_10000_in\n');
  expect(withFrontendName(text, 'shop_10000', own)).toBe(expected === null ? both : (expected ?? text));
});
