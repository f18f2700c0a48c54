/** Services that claim one and the same name in HAProxy. */
import { byStanding, type Holders, isHolder, NO_HOLDERS } from './holders.ts';
import type { Problem } from '../problem.ts';
import type { Service } from '../service.ts';

/**
 * The services without those whose backend name another one had first: the app that held it before keeps it, then that whose
 * definition is older, then the one whose id is smaller, then the lower index. Backend names are made of app id and port, so that `/a/b` and `/a_b` with one
 * port, or two ports of an app that a PORT label makes one, come to the same; HAProxy would refuse the second section.
 */
export function withoutNameConflicts(
  services: readonly Service[],
  holders: Holders = NO_HOLDERS,
): {
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
} {
  const claimed = new Set<string>();
  const contested = new Set<string>();
  for (const { backend } of services) {
    if (claimed.has(backend)) contested.add(backend);
    else claimed.add(backend);
  }
  if (contested.size === 0) return { services, problems: [] };
  const byAge = services
    .filter(({ backend }) => contested.has(backend))
    .sort(byStanding(({ app, backend }) => isHolder(holders, nameClaim(backend), app)));
  const keepers = new Map<string, Service>();
  for (const service of byAge) if (!keepers.has(service.backend)) keepers.set(service.backend, service);
  const left = services.filter((service) => contested.has(service.backend) && keepers.get(service.backend) !== service);
  return {
    services: services.filter((service) => !contested.has(service.backend) || keepers.get(service.backend) === service),
    problems: left.map((service) => problemOf(service, keepers.get(service.backend) as Service)),
  };
}

/** Returns the claim on the name of a backend. */
export function nameClaim(backend: string): string {
  return `name ${backend}`;
}

function problemOf(service: Service, keeper: Service): Problem {
  const { app, index, backend, servicePort } = service;
  const label = `HAPROXY_${index}_PORT`;
  const taker = keeper.app === app ? `service ${keeper.index} of the same app` : `service ${keeper.index} of ${keeper.app}`;
  const detail = `service ${index} on port ${servicePort} and ${taker} both make the name ${backend}; it is left out until one of them gets another port (${label})`;
  return { code: 'name-conflict', app, service: backend, label, detail };
}
