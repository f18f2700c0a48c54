import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSigned } from './self-signed.ts';

test('the certificate covers its hosts, lasts as asked and belongs to its key', async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const pem = await selfSigned({ hosts: ['shop.localhost', 'blog.localhost'], days: 10, now });
  const certificate = new X509Certificate(pem);
  expect(certificate.checkHost('shop.localhost')).toBe('shop.localhost');
  expect(certificate.checkHost('example.com')).toBeUndefined();
  expect(new Date(certificate.validTo)).toEqual(new Date('2026-01-11T00:00:00Z'));
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(certificate.checkPrivateKey(createPrivateKey(pem.slice(pem.indexOf('-----BEGIN PRIVATE'))))).toBe(true);
});
