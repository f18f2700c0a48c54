/** When an ACME server wants a certificate to be renewed (RFC 9773). */
import 'reflect-metadata';
import { createHash } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface RenewalWindow {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds until the server wants to be asked again. */
  readonly askAgainIn: number;
}

/** Returns the name of a certificate (PEM) in that protocol; undefined if the certificate has none. */
export function certificateId(pem: string): string | undefined {
  try {
    const certificate = new x509.X509Certificate(pem);
    const authority = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
    if (authority === undefined) return undefined;
    const { serialNumber } = certificate;
    // As in the certificate: the number is a signed one.
    const digits = serialNumber.length % 2 === 1 ? `0${serialNumber}` : serialNumber;
    const serial = Buffer.from(/^[89a-f]/i.test(digits) ? `00${digits}` : digits, 'hex');
    return `${Buffer.from(authority, 'hex').toString('base64url')}.${serial.toString('base64url')}`;
  } catch {
    return undefined;
  }
}

/** Reads an answer of the server; undefined if it is none that makes sense. */
export function parseWindow(answer: unknown, retryAfter: number | undefined): RenewalWindow | undefined {
  if (typeof answer !== 'object' || answer === null || !('suggestedWindow' in answer)) return undefined;
  const { start, end } = (answer.suggestedWindow ?? {}) as { readonly start?: unknown; readonly end?: unknown };
  const [from, to] = [Date.parse(String(start)), Date.parse(String(end))];
  if (!(from <= to)) return undefined;
  return { start: from, end: to, askAgainIn: Math.min(Math.max(retryAfter ?? SIX_HOURS, MINUTE), DAY) };
}

/** Returns the moment of the window that is this certificate's: always the same one, so that all load balancers agree. */
export function momentIn({ start, end }: RenewalWindow, id: string): number {
  const share = createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
  return Math.round(start + (end - start) * share);
}

const MINUTE = 60_000;
const SIX_HOURS = 6 * 60 * MINUTE;
const DAY = 24 * 60 * MINUTE;
