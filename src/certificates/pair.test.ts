import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issue } from '../../test/support/certificates/issue.ts';
import { dateFault, readPair } from './pair.ts';

const shop = await issue(['Shop.example.com', '*.example.com']);
const other = await issue(['other.example.com']);

function fault(text: string): string | undefined {
  const read = readPair(text);
  return 'fault' in read ? read.fault : undefined;
}

test('a pair says its hosts, its dates and the fingerprint that HAProxy shows', () => {
  const read = readPair(`# written by a tool\r\n${shop.key}\n\n${shop.certificate}`);
  if ('fault' in read) throw new Error(read.fault);
  const certificate = new X509Certificate(shop.certificate);
  expect(read.hosts).toEqual(['shop.example.com', '*.example.com']);
  expect(read.issuer).toBe('Shop.example.com');
  expect(read.fingerprint).toBe(certificate.fingerprint.replaceAll(':', ''));
  expect(read.ends).toBe(new Date(certificate.validTo).toISOString());
  // HAProxy's sockets end a text at an empty line.
  expect(read.pem.reveal()).toBe(shop.pem);
});

test('the order of the blocks and the ends of the lines make no other pair', () => {
  const [one, two] = [readPair(shop.pem), readPair(`${shop.key}\n${shop.certificate}`.replaceAll('\n', '\r\n'))];
  expect('digest' in one && 'digest' in two && one.digest === two.digest).toBe(true);
});

test('what is half-written or does not fit together is refused, and says nothing of the key', async () => {
  expect(fault('')).toBe('holds no certificate that can be read');
  expect(fault(shop.certificate)).toBe('holds no private key');
  expect(fault(shop.key)).toBe('holds no certificate that can be read');
  expect(fault(shop.pem.slice(0, 200))).toBe('holds no certificate that can be read');
  expect(fault(shop.certificate + other.key)).toBe('holds a private key that belongs to another certificate');
  expect(fault(`${shop.certificate}${other.certificate.replace(/MII.{8}/, 'MIIAAAAAAAA')}${shop.key}`)).toBe(
    'holds a chain whose certificate 2 cannot be read',
  );
  const weak = await issue(['weak.test'], { bits: 1024 });
  expect(fault(weak.pem)).toBe('is refused by OpenSSL (ee key too small), and so by HAProxy');
});

test('a name that is no host name is left out', async () => {
  const read = readPair((await issue(['ok.test', 'no host', '\u001B[2Jbad.test'])).pem);
  expect('hosts' in read && read.hosts).toEqual(['ok.test']);
});

test('it counts from its first day to its last', () => {
  const dates = { starts: '2026-01-01T00:00:00.000Z', ends: '2026-02-01T00:00:00.000Z' };
  expect(dateFault(dates, new Date('2026-01-15'))).toBeUndefined();
  expect(dateFault(dates, new Date('2025-12-31'))).toBe('is not valid before 2026-01-01T00:00:00.000Z');
  expect(dateFault(dates, new Date('2026-02-01'))).toBe('has expired on 2026-02-01T00:00:00.000Z');
});

test('a certificate without names is a pair without hosts', async () => {
  const read = readPair((await issue([])).pem);
  expect(read).toMatchObject({ hosts: [], issuer: '' });
});
