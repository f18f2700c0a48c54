/** Claims that only one can have: ports, and hosts with paths (`docs/decisions/010-conflicts.md`, `060-holders.md`). */
import type { ModelSettings } from '../../config/settings.ts';
import { hasTlsLabels } from '../certificates/host-tls.ts';
import { type Holders, NO_HOLDERS } from './holders.ts';
import { type HostConflicts, lostKey, pairKey, resolveHosts, hostsWithout } from './host-conflicts.ts';
import { resolvePorts } from './port-claims.ts';
import type { Problem } from '../problem.ts';
import { byPrecedence } from './precedence.ts';
import type { Service } from '../service.ts';
import { unreachableProblems, unreachableRules } from '../lint/unreachable-rules.ts';
import { resolveVhosts, type VhostHolders } from './vhost-holders.ts';

export interface ResolvedClaims {
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Apps by the claim that they have. */
  readonly won: ReadonlyMap<string, readonly string[]>;
}

/**
 * Marks the services that another one, or the program itself, leaves without what they claim. Services must be sorted by app
 * and port. Those that claim nothing twice are the same objects as before.
 */
export function resolveClaims(
  services: readonly Service[],
  {
    frontends,
    labelPolicy = 'full',
    rules,
    groupsVhosts = false,
  }: Pick<ModelSettings, 'frontends' | 'labelPolicy' | 'rules' | 'groupsVhosts'>,
  holders: Holders = NO_HOLDERS,
): ResolvedClaims {
  const problems: Problem[] = [];
  const gone = doubles(services, problems);
  const left = gone.size === 0 ? services : services.filter((service) => !gone.has(service));
  const ports = resolvePorts(left, frontends, holders, problems);
  const hosts = resolveHosts(left, holders, labelPolicy === 'full', problems);
  const vhosts =
    groupsVhosts || left.some(hasTlsLabels) ? resolveVhosts(left, hosts.without, holders, problems, groupsVhosts) : NO_VHOSTS;
  const resolved = left.map((service) => marked(service, ports.lost.has(service), hosts, vhosts.leads.get(service)));
  for (const [loser, winners] of unreachableRules(resolved, { rules })) {
    const untold = Array.from(winners).filter(
      ([host, winner]) => !hosts.told.has(lostKey(loser, host)) && !hosts.told.has(pairKey(loser, winner)),
    );
    problems.push(...unreachableProblems(loser, new Map(untold)));
  }
  const won = new Map<string, string[]>();
  const add = (claim: string, app: string): void => {
    const apps = won.get(claim);
    if (apps === undefined) won.set(claim, [app]);
    else if (!apps.includes(app)) apps.push(app);
  };
  for (const [service, claims] of ports.won) for (const claim of claims) add(claim, service.app);
  for (const { won: byClaim } of [hosts, vhosts]) for (const [claim, app] of byClaim) add(claim, app);
  return { services: resolved, problems, won };
}

const NO_VHOSTS: VhostHolders = { leads: new Map(), won: new Map() };

/** An app and a deployment group can have one id: each service port of it counts once. */
function doubles(services: readonly Service[], problems: Problem[]): ReadonlySet<Service> {
  const gone = new Set<Service>();
  for (let at = 1; at < services.length; at += 1) {
    const service = services[at] as Service;
    for (let back = at - 1; services[back]?.app === service.app; back -= 1) {
      const other = services[back] as Service;
      if (other.index !== service.index || gone.has(other)) continue;
      const [, loser] = [service, other].sort(byPrecedence) as [Service, Service];
      gone.add(loser);
      problems.push({
        code: 'id-conflict',
        app: loser.app,
        service: loser.backend,
        label: 'HAPROXY_DEPLOYMENT_GROUP',
        detail: `an app and a deployment group both are ${loser.app}: service ${loser.index} on port ${loser.servicePort} is left out, as its definition is the younger one`,
        fix: 'give the deployment group a name that no app has',
      });
    }
  }
  return gone;
}

/** Returns the same object for the same service with the same marks. */
function marked(
  service: Service,
  lostPort: boolean,
  { places, without, weights }: HostConflicts,
  leads: readonly string[] | undefined,
): Service {
  const contested = places.get(service);
  const hosts = without.get(service);
  const weight = weights.get(service);
  if (!lostPort && contested === undefined && hosts === undefined && weight === undefined && leads === undefined) return service;
  const key = `${lostPort} ${contested} ${weight} ${hosts === undefined ? '' : [...hosts].join(' ')} ${leads?.join(' ')}`;
  const known = variants.get(service) ?? new Map<string, Service>();
  variants.set(service, known);
  let variant = known.get(key);
  if (variant === undefined) {
    variant = {
      ...service,
      ...(lostPort && { lostPort }),
      ...(contested !== undefined && { contested }),
      ...(leads !== undefined && { leads }),
      ...(weight !== undefined && { weight }),
      ...(hosts !== undefined && hostsWithout(service, hosts)),
    };
    known.set(key, variant);
  }
  return variant;
}

const variants = new WeakMap<Service, Map<string, Service>>();
