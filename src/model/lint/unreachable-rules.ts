/** Rules of the shared frontends that no request reaches, as one before them takes all that they ask for. */
import type { ModelSettings } from '../../config/settings.ts';
import { hostClaims } from '../conflicts/claimed-hosts.ts';
import { coverings } from './coverings.ts';
import { describeRequests } from '../conflicts/describe-requests.ts';
import type { Problem } from '../problem.ts';
import { byWeight, inRuleOrder } from '../conflicts/rule-order.ts';
import type { Service } from '../service.ts';
import { describeHost, isHostPattern } from '../values/network/host-patterns.ts';
import { sharing } from '../../lib/share-key.ts';

/** By service, then by host: the service whose rule takes the requests. */
export type Unreachable = ReadonlyMap<Service, ReadonlyMap<string, Service>>;

/** Returns which rules of resolved services cannot be reached. Only requests that are surely lost count. */
export function unreachableRules(services: readonly Service[], { rules = 'listed' }: Pick<ModelSettings, 'rules'>): Unreachable {
  const found = new Map<Service, Map<string, Service>>();
  if (rules === 'unknown') return found;
  // What rules that labels bring along ask for besides the host is not known.
  const plain = services.filter((service) => !Object.keys(service.templates).some(isRuleTemplate));
  const groups = sharing(plain, (service) => hostClaims(service).hosts);
  if (groups.size === 0) return found;
  const ranks = ranksOf(services);
  const rankOf = (service: Service): number => ranks.get(service) ?? 0;
  for (const [host, group] of groups) {
    const byKey = new Map<string, Service[]>();
    for (const service of group) {
      const { key } = hostClaims(service).paths;
      const same = byKey.get(key);
      if (same) same.push(service);
      else byKey.set(key, [service]);
    }
    const firsts = new Map<readonly Service[], Service>();
    for (const same of byKey.values()) {
      const first = firstOf(
        same.filter((service) => isHostPattern(host) || takesRequests(service, rules)),
        rankOf,
      );
      if (first !== undefined) firsts.set(same, first);
    }
    const note = (wide: readonly Service[], narrow: readonly Service[]): void => {
      const first = firsts.get(wide);
      if (first === undefined) return;
      for (const service of narrow) {
        const before = found.get(service)?.get(host);
        if (rankOf(first) >= rankOf(before ?? service)) continue;
        const hosts = found.get(service) ?? new Map<string, Service>();
        found.set(service, hosts.set(host, first));
      }
    };
    for (const same of byKey.values()) if (same.length > 1) note(same, same);
    if (byKey.size > 1) for (const [wide, narrow] of coverings(byKey)) note(wide, narrow);
  }
  return found;
}

/** Returns whether a template replaces rules of the shared frontends. */
export function isRuleTemplate(name: string): boolean {
  return /^(?:MAP_)?HTTPS?_FRONTEND_(?:ACL|ROUTING)/.test(name);
}

/** Returns the problem of a service with rules that are not reached: one for all hosts that go to one winner. */
export function unreachableProblems(service: Service, hosts: ReadonlyMap<string, Service>): readonly Problem[] {
  const byWinner = new Map<Service, string[]>();
  for (const [host, winner] of hosts) byWinner.set(winner, [...(byWinner.get(winner) ?? []), host]);
  return Array.from(byWinner, ([winner, lost]) => problemOf(service, winner, lost));
}

/** Returns why the rule of one service takes the requests of another, as the end of a sentence. */
export function reasonOf(winner: Service, loser: Service): string {
  const what = describeRequests(winner);
  const order =
    winner.weight === loser.weight
      ? `the same weight ${winner.weight} and comes first`
      : `weight ${winner.weight}, above ${loser.weight}`;
  return `its rule takes ${what}, has ${order}`;
}

function problemOf(service: Service, winner: Service, hosts: readonly string[]): Problem {
  const { app, index, backend, path } = service;
  const shown =
    hosts.slice(0, MOST_HOSTS).map(describeHost).join(', ') +
    (hosts.length > MOST_HOSTS ? ` and ${hosts.length - MOST_HOSTS} more` : '');
  const where = `${shown}${path === undefined ? '' : ` with path ${path}`}`;
  const who = winner.app === app ? `service ${winner.index} of the same app` : winner.app;
  return {
    code: 'rule-unreachable',
    app,
    service: backend,
    label: `HAPROXY_${index}_${path === undefined ? 'VHOST' : 'PATH'}`,
    detail: `no request for ${where} reaches service ${index}: ${who} gets them, as ${reasonOf(winner, service)}`,
    fix: `set HAPROXY_${index}_BACKEND_WEIGHT above ${winner.weight}, or HAPROXY_${index}_PATH to another path`,
  };
}

const MOST_HOSTS = 5;

/** Returns whether the rule of a service takes requests from those after it: a host alone is looked up in a map after all rules. */
function takesRequests({ path, auth, match }: Service, rules: ModelSettings['rules']): boolean {
  return rules === 'listed' || path !== undefined || auth !== undefined || match !== undefined;
}

/** Returns the places of the services' rules on the shared frontends. */
function ranksOf(services: readonly Service[]): ReadonlyMap<Service, number> {
  const ordered = byWeight(inRuleOrder(services.map((service) => ({ service }))), ({ service }) => service.weight);
  return new Map(ordered.map(({ service }, at) => [service, at]));
}

function firstOf(services: readonly Service[], rankOf: (service: Service) => number): Service | undefined {
  let first: Service | undefined;
  for (const service of services) if (first === undefined || rankOf(service) < rankOf(first)) first = service;
  return first;
}
