import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface Issued {
  /** Certificate and key. */
  readonly pem: string;
  readonly certificate: string;
  readonly key: string;
}

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

/** Makes a self-signed certificate in a millisecond or two; by default valid for 90 days from an hour ago. */
export async function issue(
  hosts: readonly string[],
  {
    from = new Date(Date.now() - 3_600_000),
    days = 90,
    bits,
  }: { readonly from?: Date; readonly days?: number; readonly bits?: number } = {},
): Promise<Issued> {
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: bits ?? 2048,
  };
  const algorithm = bits === undefined ? EC : rsa;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  x509.cryptoProvider.set(webcrypto as never);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: hosts.length === 0 ? '' : `CN=${hosts[0]}`,
    notBefore: from,
    notAfter: new Date(from.getTime() + days * DAY),
    keys: keys as never,
    signingAlgorithm: algorithm,
    extensions:
      hosts.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value })))],
  });
  const certificate = `${made.toString('pem')}\n`;
  const key = `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`;
  return { pem: certificate + key, certificate, key };
}
