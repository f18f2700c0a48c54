import { describe, expect, it } from 'vitest';
import { featuresOf, parseHaproxyVersion } from './version.ts';

describe('parseHaproxyVersion', () => {
  it.each([
    ['HAProxy version 2.6.12-1+deb12u3 2025/10/03 - https://haproxy.org/', 2, 6, '2.6.12-1+deb12u3'],
    ['HA-Proxy version 2.2.9-2+deb11u6 2023/08/10', 2, 2, '2.2.9-2+deb11u6'],
    ['3.4', 3, 4, '3.4'],
  ])('reads %s', (text, major, minor, version) => {
    expect(parseHaproxyVersion(text)).toEqual({ major, minor, text: version });
  });

  it('returns undefined if there is no version', () => {
    expect(parseHaproxyVersion('command not found')).toBeUndefined();
  });
});

describe('featuresOf', () => {
  it.each([
    ['sharedNames', '3.2', true, '3.3'],
    ['offersHttp2', '2.7', false, '2.8'],
    ['httpchkHeaders', '2.9', true, '3.0'],
    ['processBinding', '2.6', true, '2.7'],
    ['misplacedOptions', '3.0', true, '3.1'],
  ] as const)('%s is in %s: %s, and turns in %s', (name, before, value, since) => {
    expect(featuresOf(parseHaproxyVersion(before))[name]).toBe(value);
    expect(featuresOf(parseHaproxyVersion(since))[name]).toBe(!value);
    expect(featuresOf(parseHaproxyVersion('4.0'))[name]).toBe(!value);
  });

  it('takes an unknown version for 2.6', () => {
    expect(featuresOf(undefined)).toEqual(featuresOf(parseHaproxyVersion('2.6')));
  });
});
