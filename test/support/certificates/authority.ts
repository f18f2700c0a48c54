import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Issued } from './issue.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR = 3_600_000;

/** An authority that gives clients certificates. */
export interface Authority {
  /** Its own certificate, as PEM. */
  readonly certificate: string;
  issue(commonName: string): Promise<Issued>;
}

export async function createAuthority(name: string): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const dates = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + 1000 * HOUR) };
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...dates,
    name: `CN=${name}`,
    keys: keys as never,
    signingAlgorithm: EC,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificate: `${own.toString('pem')}\n`,
    async issue(commonName) {
      const client = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
      const made = await x509.X509CertificateGenerator.create({
        ...dates,
        subject: [{ CN: [commonName] }],
        issuer: own.subject,
        publicKey: client.publicKey as never,
        signingKey: keys.privateKey as never,
        signingAlgorithm: EC,
      });
      const certificate = `${made.toString('pem')}\n`;
      const key = `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', client.privateKey), 'PRIVATE KEY')}\n`;
      return { pem: certificate + key, certificate, key };
    },
  };
}
