import { describe, expect, it } from 'vitest';
import { refusalOf, type RequestSource } from './own-requests.ts';

const names = new Set(['lb.example.com']);
const curl: RequestSource = {
  host: 'anything.test:9090',
  origin: undefined,
  fetchSite: undefined,
  acceptLanguage: undefined,
};
const browser = { ...curl, host: 'lb.example.com:9090', acceptLanguage: 'en' };

describe('refusalOf', () => {
  it.each([
    ['curl, by any name', curl, undefined, undefined],
    ['a page of another site that reads', { ...browser, origin: 'http://evil.test' }, /page of http:\/\/evil\.test/, /evil/],
    ['an image in a page of another site', { ...browser, fetchSite: 'cross-site' }, undefined, /another site/],
    ['a page of a sibling host', { ...browser, fetchSite: 'same-site' }, undefined, /another site/],
    [
      'a page whose name leads here now (DNS rebinding)',
      { ...browser, host: 'evil.test:9090' },
      /evil\.test is not known.*--admin-hosts/,
      /evil\.test is not known.*--admin-hosts/,
    ],
    [
      'the same with an origin',
      { ...browser, host: 'evil.test:9090', origin: 'http://evil.test:9090' },
      /evil\.test/,
      /evil\.test/,
    ],
    ['a browser by a name that no other site can have', { ...browser, host: 'lb.marathon.mesos' }, undefined, /not known/],
    ['a browser by a name without a dot', { ...browser, host: 'lb-1:9090' }, undefined, /not known/],
    ['a browser by address', { ...browser, host: '10.0.0.1:9090' }, undefined, undefined],
    ['a browser by IPv6 address', { ...browser, host: '[::1]:9090' }, undefined, undefined],
    ['a browser on the machine', { ...browser, host: 'localhost:9090', fetchSite: 'none' }, undefined, undefined],
    ['a browser by a known name', { ...browser, host: 'LB.example.com.:9090', fetchSite: 'same-origin' }, undefined, undefined],
    ['an own page', { ...browser, host: 'lb.example.com:9090', origin: 'http://lb.example.com:9090' }, undefined, undefined],
    ['no host at all', { ...browser, host: undefined }, /not known/, /not known/],
  ] as const)('%s', (_, source, reading, changing) => {
    const found = [false, true].map((changes) => refusalOf(source, changes, names) ?? 'none');
    expect(found).toEqual([reading, changing].map((expected) => expect.stringMatching(expected ?? /^none$/)));
  });
});
