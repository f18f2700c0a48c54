import { describe, expect, it } from 'vitest';
import { featuresOf, parseHaproxyVersion } from './haproxy-version.ts';

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
    ['2.6', true, false, true, true, true],
    ['2.8', true, true, true, false, true],
    ['3.0', true, true, false, false, true],
    ['3.2', true, true, false, false, false],
    ['3.3', false, true, false, false, false],
    ['3.4', false, true, false, false, false],
  ])('%s', (text, sharedNames, offersHttp2, httpchkHeaders, processBinding, misplacedOptions) => {
    expect(featuresOf(parseHaproxyVersion(text))).toEqual({
      sharedNames,
      offersHttp2,
      httpchkHeaders,
      processBinding,
      misplacedOptions,
    });
  });

  it('takes an unknown version for 2.6', () => {
    expect(featuresOf(undefined)).toEqual(featuresOf(parseHaproxyVersion('2.6')));
  });
});
