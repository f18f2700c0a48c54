/** Which templates of labels count for a service: the same conditions as those of rendering. */
import { checkKind } from '../tasks/check.ts';
import type { ServiceDefinition } from '../service.ts';

type Traits = Pick<
  ServiceDefinition,
  'mode' | 'sticky' | 'hsts' | 'networkAllowed' | 'proxypassPath' | 'revproxyPath' | 'auth' | 'healthCheck' | 'typed'
>;

/** Returns what a service would need for a label's template to count; undefined if it counts. */
export function missingFor(name: string, service: Traits): string | undefined {
  return rows.find((row) => row.names.test(name) && !row.counts(service))?.needs;
}

interface Row {
  readonly names: RegExp;
  readonly needs: string;
  readonly counts: (service: Traits) => boolean;
}

const rows: readonly Row[] = [
  {
    names: /^(?:BACKEND_(?:HTTP_OPTIONS|HSTS_OPTIONS)|HTTP_BACKEND_\w+|(?:MAP_)?HTTP_FRONTEND_APPID_ACL)$/,
    needs: 'mode http (HAPROXY_{n}_MODE, a host name, or an HTTP health check)',
    counts: ({ mode }) => mode === 'http',
  },
  { names: /^TCP_BACKEND_/, needs: 'mode tcp', counts: ({ mode }) => mode === 'tcp' },
  { names: /^BACKEND_HSTS_OPTIONS$/, needs: 'HAPROXY_{n}_USE_HSTS', counts: ({ hsts }) => hsts },
  { names: /^BACKEND_STICKY_OPTIONS$/, needs: 'HAPROXY_{n}_STICKY', counts: ({ sticky }) => sticky },
  { names: /^USERLIST_HEAD$/, needs: 'HAPROXY_{n}_AUTH', counts: ({ auth }) => auth !== undefined },
  {
    names: /_BACKEND_NETWORK_ALLOWED_ACL$/,
    needs: 'HAPROXY_{n}_BACKEND_NETWORK_ALLOWED_ACL',
    counts: ({ networkAllowed }) => networkAllowed !== undefined,
  },
  {
    names: /^HTTP_BACKEND_PROXYPASS_GLUE$/,
    needs: 'HAPROXY_{n}_HTTP_BACKEND_PROXYPASS_PATH',
    counts: ({ proxypassPath }) => proxypassPath !== undefined,
  },
  {
    names: /^HTTP_BACKEND_REVPROXY_GLUE$/,
    needs: 'HAPROXY_{n}_HTTP_BACKEND_REVPROXY_PATH',
    counts: ({ revproxyPath }) => revproxyPath !== undefined,
  },
  {
    names: /^BACKEND_(?:SERVER_)?(?:HTTP|TCP)_HEALTHCHECK_OPTIONS$/,
    needs: 'a Marathon health check that HAPROXY_{n}_CHECK_PATH does not replace',
    counts: ({ typed }) => typed?.['CHECK_PATH'] === undefined,
  },
  {
    names: /^BACKEND_(?:SERVER_)?HTTP_HEALTHCHECK_OPTIONS$/,
    needs: 'an HTTP health check on a service of mode http',
    counts: (service) => service.healthCheck !== undefined && checkKind(service, service.mode) === 'HTTP',
  },
  {
    names: /^BACKEND_(?:SERVER_)?TCP_HEALTHCHECK_OPTIONS$/,
    needs: 'a TCP health check, or mode tcp with a health check',
    counts: (service) => service.healthCheck !== undefined && checkKind(service, service.mode) === 'TCP',
  },
];
