/** Services whose TLS connections are passed on (`docs/decisions/093-tls-passthrough.md`). */
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';
import { allHosts } from './values/network/host-patterns.ts';

export interface Separated {
  /** The same list if no service has TLS_PASSTHROUGH. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/**
 * Takes the hosts of services with TLS_PASSTHROUGH away from the rules about requests. The same service gives the same object. `isPossible`: the
 * frontend of the HTTPS port is one of this program.
 */
export function separatePassthrough(services: readonly Service[], isPossible: boolean): Separated {
  if (!services.some(({ tlsPassthrough }) => tlsPassthrough)) return { services, problems: [] };
  const problems: Problem[] = [];
  const separated = services.map((service) => {
    if (!service.tlsPassthrough) return service;
    const hosts = allHosts(service);
    if (!isPossible && hosts.length > 0) problems.push(problemOf(service));
    return separate(service, isPossible ? hosts : []);
  });
  return { services: separated, problems };
}

function separate(service: Service, tlsHosts: readonly string[]): Service {
  let after = known.get(service);
  if (after === undefined || (after.tlsHosts === undefined) !== (tlsHosts.length === 0)) {
    after = { ...service, vhosts: [], hostPatterns: undefined, tlsHosts: tlsHosts.length === 0 ? undefined : tlsHosts };
    known.set(service, after);
  }
  return after;
}

const known = new WeakMap<Service, Service>();

function problemOf({ app, backend, index }: Service): Problem {
  const label = `HAPROXY_${index}_TLS_PASSTHROUGH`;
  const detail = `${label} has no effect: the frontend of the HTTPS port is the operator's own template (HAPROXY_HTTPS_FRONTEND_HEAD), in front of which no other can be put; service ${index} is reached at its service port only`;
  return {
    code: 'mode-conflict',
    app,
    service: backend,
    label,
    detail,
    fix: 'ask the operator to take the template away, or to use --group-https-by-vhost',
  };
}
