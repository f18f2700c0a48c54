import { expect, test } from 'vitest';
import { parseCiphers, parseTlsVersion, splitCiphers } from './tls.ts';

test('versions may be written in the usual ways', () => {
  for (const text of ['TLSv1.3', '1.3', 'tls1.3', ' TLS 1.3 ']) expect(parseTlsVersion(text)).toEqual({ value: 'TLSv1.3' });
  for (const text of ['SSLv3', '1', 'TLSv1.4', 'TLSv1.3 x', '']) expect(parseTlsVersion(text)).toHaveProperty('must');
});

test('ciphers are names that each OpenSSL has, and no words of its language', () => {
  const both = 'ECDHE-RSA-AES256-GCM-SHA384:TLS_AES_256_GCM_SHA384';
  expect(parseCiphers('ecdhe-rsa-aes256-gcm-sha384, TLS_AES_256_GCM_SHA384\nTLS_AES_256_GCM_SHA384')).toEqual({ value: both });
  expect(splitCiphers(both)).toEqual({ ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', suites: 'TLS_AES_256_GCM_SHA384' });
  for (const text of ['ALL', 'HIGH:!aNULL', 'AES128-SHA@SECLEVEL=0', '+RSA', ':', 'AES128-SHA] x'])
    expect(parseCiphers(text)).toHaveProperty('must');
});
