import { describe, expect, it } from 'vitest';
import { parseCheckHost, parseCheckPath, parseChecks, parseStatuses } from './checks.ts';

describe('values of labels about checks', () => {
  it.each([
    [parseCheckPath, ' /health?deep=1&x=%20 ', '/health?deep=1&x=%20'],
    [parseCheckHost, 'Shop.test:8080', 'shop.test:8080'],
    [parseCheckHost, '10.0.0.1', '10.0.0.1'],
    [parseStatuses, '200, 204 300-399', '200,204,300-399'],
    [parseChecks, ' 3 ', 3],
  ] as const)('%o reads %j as %j', (parse, text, value) => {
    expect(parse(text)).toEqual({ value });
  });

  it.each([
    [parseCheckPath, ''],
    [parseCheckPath, 'health'],
    [parseCheckPath, '/a b'],
    [parseCheckPath, '/a"'],
    [parseCheckPath, '/%[env(HOME)]'],
    [parseCheckPath, '/a#b'],
    [parseCheckPath, '/$HOME'],
    [parseCheckHost, 'a b'],
    [parseCheckHost, 'a:0'],
    [parseCheckHost, 'a:65536'],
    [parseCheckHost, 'a:b'],
    [parseStatuses, ''],
    [parseStatuses, '99'],
    [parseStatuses, '600'],
    [parseStatuses, '300-200'],
    [parseStatuses, '!200'],
    [parseStatuses, '200 if TRUE'],
    [parseChecks, '0'],
    [parseChecks, '101'],
    [parseChecks, '-1'],
  ] as const)('%o refuses %j', (parse, text) => {
    expect(parse(text)).toHaveProperty('must');
  });
});
