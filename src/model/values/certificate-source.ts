import type { LabelLimits } from './limits.ts';
import type { Parsed } from './parsed.ts';

/** The value of the label CERT for a certificate that is ordered. */
export const BY_ACME = 'acme';

/** Reads CERT. */
export function parseCertificateSource(text: string, limits: Pick<LabelLimits, 'ordersCertificates'>): Parsed<string> {
  if (text.trim().toLowerCase() !== BY_ACME) return { must: 'must be acme' };
  if (limits.ordersCertificates === false)
    return { must: 'has no effect here: this load balancer orders no certificates (--acme-domains)' };
  return { value: BY_ACME };
}
