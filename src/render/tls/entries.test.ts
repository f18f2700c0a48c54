import { describe, expect, test } from 'vitest';
import { sampleCertificate } from '../../../test/support/certificates/sample.ts';
import type { Certificate } from '../../model/certificates/certificate.ts';
import type { HostTls } from '../../model/certificates/host-tls.ts';
import { printEntry } from '../files/crt-list.ts';
import { listEntries } from './entries.ts';

const certificate = (name: string, hosts: readonly string[], alsoNamed?: readonly string[]) => ({
  ...sampleCertificate(name),
  hosts,
  ...(alsoNamed && { alsoNamed }),
});

const first = certificate('first', ['first.test']);
const shop = certificate('shop', ['shop.test', 'pay.test', '*.shop.test']);

const optionsOf = ({ minVersion, client }: HostTls) => [minVersion, client?.authority].filter(Boolean).join(' ');

function entriesOf(
  certificates: Parameters<typeof listEntries>[0],
  chosen: Readonly<Record<string, HostTls>>,
  others: readonly string[] = [],
): readonly string[] {
  const hosts = new Map(Object.entries(chosen));
  const served = new Set([...hosts.keys(), ...others]);
  return listEntries(certificates, { hosts, served, optionsOf }).map((entry) => printEntry(entry).replaceAll('/state/', ''));
}

const guarded: HostTls = { client: { authority: 'partners', verify: 'required' } };

describe('entries of the list of certificates', () => {
  test('are paths if labels choose nothing', () => {
    expect(entriesOf([first, shop], {}, ['shop.test'])).toEqual(['first.pem', 'shop.pem']);
  });

  test('all of a certificate say whether HAProxy asks its responder', () => {
    const stapled = { ...shop, hasResponder: true as const };
    const hosts = new Map([['pay.test', guarded]]);
    const asking = {
      hosts,
      served: new Set(['pay.test']),
      optionsOf: (_: HostTls, one: Pick<Certificate, 'hasResponder'>) => (one.hasResponder ? 'ocsp-update on' : ''),
    };
    const list = listEntries([first, stapled], asking);
    expect(list.map((entry) => printEntry(entry).replaceAll('/state/', ''))).toEqual([
      'first.pem',
      'shop.pem [ocsp-update on] shop.test *.shop.test',
      'shop.pem [ocsp-update on] pay.test',
    ]);
    const none = listEntries([first, stapled], { ...asking, hosts: new Map() });
    expect(none.map((entry) => entry.options)).toEqual([undefined, 'ocsp-update on']);
  });

  test('a host has one of its own, and no other names it', () => {
    expect(entriesOf([first, shop], { 'pay.test': guarded })).toEqual([
      'first.pem',
      'shop.pem shop.test *.shop.test',
      'shop.pem [partners] pay.test',
    ]);
  });

  test('two certificates for a host, of different keys, have the same options', () => {
    const other = certificate('other', ['pay.test']);
    expect(entriesOf([first, shop, other], { 'pay.test': guarded })).toEqual([
      'first.pem',
      'shop.pem shop.test *.shop.test',
      'other.pem marathon-lb.invalid',
      'other.pem [partners] pay.test',
      'shop.pem [partners] pay.test',
    ]);
  });

  test('a host that no certificate names has the one of its wildcard, or the default one', () => {
    expect(entriesOf([first, shop], { 'a.shop.test': guarded, 'nowhere.test': guarded })).toEqual([
      'first.pem',
      'shop.pem',
      'first.pem [partners] nowhere.test',
      'shop.pem [partners] a.shop.test',
    ]);
  });

  test('a common name beside the other names counts as one', () => {
    expect(entriesOf([first, certificate('old', ['a.test'], ['pay.test'])], { 'pay.test': guarded })).toEqual([
      'first.pem',
      'old.pem a.test',
      'old.pem [partners] pay.test',
    ]);
  });

  test('what is chosen for a wildcard is not for names of others below a narrower one of the certificate', () => {
    const deep = certificate('deep', ['*.deep.shop.test']);
    expect(entriesOf([first, deep], { '*.shop.test': guarded }, ['a.deep.shop.test'])).toContain('deep.pem a.deep.shop.test');
  });

  test('what is chosen for a wildcard is for the names of certificates below it, unless another service has them', () => {
    const below = certificate('below', ['a.shop.test', 'b.shop.test']);
    expect(entriesOf([first, shop, below], { '*.shop.test': guarded }, ['a.shop.test', 'c.shop.test'])).toEqual([
      'first.pem',
      'shop.pem shop.test pay.test',
      'below.pem a.shop.test',
      'below.pem [partners] b.shop.test',
      'shop.pem c.shop.test',
      'shop.pem [partners] *.shop.test',
    ]);
  });

  test('a named certificate takes the host from the one that names it; one that is not there changes nothing', () => {
    expect(entriesOf([first, shop], { 'pay.test': { certificate: 'first' } })).toEqual([
      'first.pem',
      'shop.pem shop.test *.shop.test',
      'first.pem pay.test',
    ]);
    expect(entriesOf([first, shop], { 'pay.test': { certificate: 'gone' } })).toEqual([
      'first.pem',
      'shop.pem shop.test *.shop.test',
      'shop.pem pay.test',
    ]);
  });

  test('many hosts are several entries', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`h${at}.test`, guarded]));
    expect(entriesOf([first], many).map((entry) => entry.split(' ').length)).toEqual([1, 32, 12]);
  });
});
