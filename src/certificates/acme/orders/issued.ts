import { X509Certificate } from 'node:crypto';
import { pemFault } from '../../pair.ts';
import { AcmeError } from '../error.ts';
import type { Issued } from './plan-orders.ts';

/** Throws an `AcmeError` if what a server issued is not what was ordered. */
export function checkIssued(pem: string, host: string): void {
  const fault = pemFault(pem);
  if (fault !== undefined) throw new AcmeError('order', `the answer of the server ${fault}`);
  if (!isFor(new X509Certificate(pem), host)) throw new AcmeError('order', 'the server issued a certificate for another host');
}

/** Returns the dates of a certificate in the store; undefined if it is of no use. */
export function readIssued(pem: string, host: string): Issued | undefined {
  if (pemFault(pem) !== undefined) return undefined;
  const certificate = new X509Certificate(pem);
  if (!isFor(certificate, host)) return undefined;
  return { starts: Date.parse(certificate.validFrom), ends: Date.parse(certificate.validTo) };
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (certificate.subjectAltName ?? '').split(', ').includes(`DNS:${host}`);
}
