import type { LabelLimits } from './limits.ts';
import { parseSetName } from './answers.ts';
import type { Parsed } from './parsed.ts';

/** The value of the label CERT for a certificate that is ordered. */
export const BY_ACME = 'acme';

/** Reads CERT: `acme`, or the name of a certificate in the store. */
export function parseCertificateSource(
  text: string,
  limits: Pick<LabelLimits, 'ordersCertificates' | 'listsCertificates'>,
): Parsed<string> {
  const name = text.trim();
  if (name.toLowerCase() !== BY_ACME) {
    if (!/^\w[\w.-]{0,199}$/.test(name)) return { must: 'must be acme, or the name of a certificate in the store' };
    return limits.listsCertificates === false ? { must: NO_LIST } : { value: name };
  }
  if (limits.ordersCertificates === false)
    return { must: 'has no effect here: this load balancer orders no certificates (--acme-domains)' };
  return { value: BY_ACME };
}

/** Returns a parser of a label that counts only for certificates which are served by a list. */
export function withList<T>(parse: (text: string) => Parsed<T>) {
  return (text: string, limits: Pick<LabelLimits, 'listsCertificates'>): Parsed<T> =>
    limits.listsCertificates === false ? { must: NO_LIST } : parse(text);
}

const NO_LIST = 'has no effect here: this load balancer has no store of certificates (--cert-store)';

/** Reads TLS_CLIENT_CA: the name of a file without its ending. */
export function parseClientCa(text: string, limits: Pick<LabelLimits, 'listsCertificates' | 'hasClientCas'>): Parsed<string> {
  if (limits.hasClientCas === false)
    return { must: 'cannot be honored here: this load balancer knows no authorities of clients (--client-cas)' };
  return withList(parseSetName)(text, limits);
}
