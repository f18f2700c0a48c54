/** Which requests of the shared frontends reach a service. */
import { describeMatch } from '../../values/rules/request-matches.ts';
import type { LabelRow } from './row.ts';

export const routing = [
  {
    name: 'PATH_TYPE',
    group: 'routing',
    per: 'service',
    type: 'path type',
    description:
      'How PATH is compared: `begin`, as in 1.15 (`/api` is also `/apix`); `prefix`, the path and all below (`/api` and `/api/…`); `exact`; `regex`, regular expressions that begin with `^`. Of rules with one BACKEND_WEIGHT for a host, the longer path comes first, `exact` before `prefix` before `begin` of the same path, then `regex`.',
    default: 'begin',
    example: 'prefix',
    field: 'pathType',
    lacks: ({ path }) => (path === undefined ? 'PATH' : undefined),
  },
  {
    name: 'MATCH',
    group: 'routing',
    per: 'service',
    type: 'request conditions',
    description:
      'Only requests of which all these rules hold reach the service by its hosts: `method GET,POST`, `header NAME VALUE`, `query NAME VALUE`, `cookie NAME VALUE`, or without a value any; one a line, or separated by semicolons, at most 5. Values are compared as they are sent. Of rules with one BACKEND_WEIGHT for a host, the narrower path comes first; of the same path, the one with more rules in MATCH; then the app with the older right. Requests that do not match go to the next service of the host.',
    example: 'method POST; header X-Beta 1; query debug; cookie beta 1',
    field: 'match',
    needs: 'host',
    trait: ({ rules }) => `by its hosts only for requests with ${rules.map(describeMatch).join(' and ')}`,
  },
  {
    name: 'TLS_PASSTHROUGH',
    group: 'routing',
    per: 'service',
    type: 'boolean',
    description:
      'Passes TLS connections for the hosts of VHOST on the HTTPS port to the tasks as they are: the tasks have the certificate. The name in the TLS hello chooses; other hosts are terminated as before. The service is of mode tcp then, and port 80 does not lead to it. A host is either passed on, wholly, or terminated: PATH and MATCH have no effect, and what labels do to requests needs mode http. Not with a template HTTPS_FRONTEND_HEAD of the operator, unless with `--group-https-by-vhost`.',
    default: 'false',
    example: 'true',
    field: 'tlsPassthrough',
    needs: 'host',
    trait: (isOn) => (isOn ? 'TLS connections for its hosts are passed to its tasks as they are' : undefined),
  },
] as const satisfies readonly LabelRow[];
