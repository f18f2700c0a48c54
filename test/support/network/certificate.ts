import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { selfSigned } from '../../../src/certificates/self-signed.ts';

/** Makes a self-signed certificate for a host and gives the path of the PEM file, as HAProxy's `crt` wants it. */
export async function makeCertificate(folder: string, host: string): Promise<string> {
  const pem = join(folder, `${host}.pem`);
  await writeFile(pem, await selfSigned({ hosts: [host], days: 2, now: new Date() }), { mode: 0o600 });
  return pem;
}

/** A certificate for an IP address, signed by a CA made for it; all as PEM. */
export async function signedFor(ip: string): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }> {
  // The library's types are those of a browser.
  x509.cryptoProvider.set(webcrypto as never);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const [authority, own] = await Promise.all([newKeys(algorithm), newKeys(algorithm)]);
  const dates = { notBefore: new Date(), notAfter: new Date(Date.now() + 2 * 86_400_000), signingAlgorithm: algorithm };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...dates,
    name: 'CN=Test CA',
    keys: authority as never,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const cert = await x509.X509CertificateGenerator.create({
    ...dates,
    subject: `CN=${ip}`,
    issuer: ca.subject,
    publicKey: own.publicKey as never,
    signingKey: authority.privateKey as never,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: ip }])],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY');
  return { ca: ca.toString('pem'), cert: cert.toString('pem'), key };
}

function newKeys(algorithm: { readonly name: string; readonly namedCurve: string }): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
