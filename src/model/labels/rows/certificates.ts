/** The certificates of a service's hosts, and how clients connect to them. */
import { BY_ACME } from '../../values/certificate-source.ts';
import { type LabelRow, without } from './row.ts';

export const certificates = [
  {
    name: 'CERT',
    group: 'routing',
    per: 'service',
    type: 'certificate source',
    refused: 'label',
    description:
      '`acme`: certificates for its hosts are ordered from the ACME server of the load balancer (such as Let’s Encrypt), renewed, and served. Only for hosts of `--acme-domains`; wildcards need `--acme-dns-hook`. Until they are there, clients get the default certificate. Any other word is the name of a certificate in the store (`--cert-store`; the names are those of `marathon-lb certificates`), which the hosts get whatever names it has.',
    example: 'acme',
    needs: 'host',
    trait: (name) =>
      name === BY_ACME
        ? 'certificates for its hosts are ordered from the ACME server'
        : `its hosts have the certificate ${name} of the store`,
    renders: [],
  },
  {
    name: 'TLS_MIN_VERSION',
    group: 'connections',
    per: 'service',
    type: 'TLS version',
    refused: 'label',
    description:
      'The oldest version of TLS that clients may use for its hosts: `TLSv1.2` or `TLSv1.3`. An oldest version of the operator (`ssl-min-ver` of HAPROXY_HEAD) that is newer counts in any case. Needs `--cert-store`.',
    default: 'that of the operator',
    example: 'TLSv1.3',
    needs: 'host',
    trait: (version) => `clients need ${version} or newer`,
    renders: [],
  },
  {
    name: 'TLS_CIPHERS',
    group: 'connections',
    per: 'service',
    type: 'ciphers',
    refused: 'label',
    description:
      'The ciphers that clients may use for its hosts, by their names in OpenSSL, separated by colons, commas or blanks. Those of TLS 1.3 begin with `TLS_`; if only ones of TLS 1.3 are named, or none of them, the others stay as the operator has them. Needs `--cert-store`.',
    default: 'those of the operator',
    example: 'ECDHE-RSA-AES256-GCM-SHA384:TLS_AES_256_GCM_SHA384',
    needs: 'host',
    trait: (names) => `clients may use ${names.replaceAll(':', ', ')}`,
    renders: [],
  },
  {
    name: 'TLS_CLIENT_CA',
    group: 'protection',
    per: 'service',
    type: 'client authority',
    guards: true,
    description:
      'Only clients with a certificate of this authority reach the service: the name of a file of `--client-cas` without its ending. The task gets the common name of the certificate as the header `X-SSL-Client-CN`, and `X-SSL-Client-Verify` (`SUCCESS` or `NONE`); those of clients are taken away. Requests without TLS are redirected, at its service port they get 403. Needs `--cert-store`. What cannot be checked gets 403 or 421.',
    example: 'partners',
    needs: 'http',
    trait: (name) => `for clients with a certificate of ${name}`,
    renders: [],
  },
  {
    name: 'TLS_CLIENT_VERIFY',
    group: 'protection',
    per: 'service',
    type: 'client check',
    description:
      'What TLS_CLIENT_CA does with clients that have no certificate: `required`, they are refused; `optional`, they reach the service without the header `X-SSL-Client-CN`, and by HTTP too. A certificate of another authority is refused in any case.',
    default: 'required',
    example: 'optional',
    lacks: without('TLS_CLIENT_CA'),
    trait: (which) => (which === 'optional' ? 'clients without a certificate are let in' : undefined),
    renders: [],
  },
] as const satisfies readonly LabelRow[];
