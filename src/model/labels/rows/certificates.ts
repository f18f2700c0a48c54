/** Where the certificates of a service's hosts come from. */
import type { LabelRow } from './row.ts';

export const certificates = [
  {
    name: 'CERT',
    group: 'routing',
    per: 'service',
    type: 'certificate source',
    refused: 'label',
    description:
      '`acme`: certificates for its hosts are ordered from the ACME server of the load balancer (such as Let’s Encrypt), renewed, and served. Only for hosts of `--acme-domains`; wildcards need `--acme-dns-hook`. Until they are there, clients get the default certificate.',
    example: 'acme',
    needs: 'host',
    trait: () => 'certificates for its hosts are ordered from the ACME server',
    renders: [],
  },
] as const satisfies readonly LabelRow[];
