import { expect, test } from 'vitest';
import { newerOf, tlsBounds } from './operator-versions.ts';

test.each([
  ['maxconn 1', {}],
  ['ssl-default-bind-options no-tls-tickets ssl-min-ver TLSv1.2', { min: 'TLSv1.2' }],
  ['ssl-default-bind-options ssl-min-ver TLSv1.3\nfrontend f\n  bind *:443 ssl ssl-min-ver TLSv1.2', { min: 'TLSv1.3' }],
  ['ssl-default-bind-options ssl-max-ver TLSv1.2', { max: 'TLSv1.2' }],
  ['ssl-default-bind-options force-tlsv12', { min: 'TLSv1.2', max: 'TLSv1.2' }],
  ['ssl-default-bind-options no-sslv3 no-tlsv10 no-tlsv11 no-tlsv12', { min: 'TLSv1.3' }],
  ['# ssl-default-bind-options ssl-min-ver TLSv1.3', {}],
])('%s', (text, bounds) => expect(tlsBounds(`global\n  ${text}\n`)).toEqual(bounds));

test('the newer one of two', () => {
  expect([newerOf('TLSv1.2', 'TLSv1.3'), newerOf('TLSv1.2', undefined), newerOf(undefined, undefined)]).toEqual([
    'TLSv1.3',
    'TLSv1.2',
    undefined,
  ]);
});
