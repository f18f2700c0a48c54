/** The certificate authority of the demo: it lives as long as the program. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface Authority {
  /** Its own certificate, PEM: what clients must trust. */
  readonly certificate: string;
  /** Makes a certificate for a host, valid for 60 days, and gives it with its private key as PEM. */
  issue(host: string, now: Date): Promise<string>;
}

/** Makes an authority (ECDSA P-256, SHA-256) that is valid for 90 days. */
export async function createAuthority(now: Date): Promise<Authority> {
  // The library's types are those of a browser.
  x509.cryptoProvider.set(webcrypto as never);
  const own = await newKeys();
  const name = 'CN=marathon-lb demo CA';
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    notBefore: now,
    notAfter: daysAfter(now, 90),
    keys: own as never,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
    ],
  });
  return {
    certificate: `${root.toString('pem')}\n`,
    async issue(host, from) {
      const keys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${host}`,
        issuer: name,
        notBefore: from,
        notAfter: daysAfter(from, 60),
        publicKey: keys.publicKey as never,
        signingKey: own.privateKey as never,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
          await x509.AuthorityKeyIdentifierExtension.create(own.publicKey as never),
        ],
      });
      const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
      return `${certificate.toString('pem')}\n${key}\n`;
    },
  };
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 86_400_000);
}
