import type { ModelSettings } from '../../config/settings.ts';
import { resolveClaims } from './claims.ts';
import { nameClaim, withoutNameConflicts } from './backend-names.ts';
import { awayHolders, type Holders, nextHolders } from './holders.ts';
import type { Problem } from '../problem.ts';
import { isSame } from '../../lib/deep-equal.ts';
import type { Service } from '../service.ts';

/** Which services keep what several claim. */
export interface Resolved {
  /** The input of the decision. */
  readonly all: readonly Service[];
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** The holders of all claims after the decision. */
  readonly holders: Holders;
  /** Apps that hold something and serve nothing at the moment. */
  readonly away: ReadonlySet<string>;
}

/** The input that decides a conflict, besides the services. */
export interface Standing {
  readonly holders: Holders;
  /** Whether there still is an app that serves nothing at the moment. */
  readonly isAway: (app: string) => boolean;
}

/** Resolves all conflicts of sorted services. They are about definitions: while only tasks change, what was resolved before stands. */
export function resolve(
  all: readonly Service[],
  settings: Pick<ModelSettings, 'frontends' | 'labelPolicy' | 'rules' | 'groupsVhosts'>,
  { holders: held, isAway }: Standing,
  before: Resolved | undefined,
): Resolved {
  const stands = before?.holders === held && [...before.away].every(isAway);
  const services = stands ? carried(all, before) : undefined;
  if (before && services) return { ...before, all, services };
  const named = withoutNameConflicts(all, held);
  const resolved = resolveClaims(named.services, settings, held);
  const problems = [...named.problems, ...resolved.problems];
  const won = new Map(resolved.won);
  for (const { backend, app } of resolved.services) won.set(nameClaim(backend), [app]);
  const holders = nextHolders(won, held, isAway);
  return { all, services: resolved.services, problems, holders, away: awayHolders(holders, isAway) };
}

/** Whether two services are the same but for their tasks. */
export function isSameWithoutServers(a: Omit<Service, 'servers'>, b: Omit<Service, 'servers'>): boolean {
  return isSame({ ...a, servers: [] }, { ...b, servers: [] });
}

/** Returns the resolved services with the tasks of now. Returns undefined if more than tasks changed, or tasks of a service that lost something. */
function carried(all: readonly Service[], before: Resolved): readonly Service[] | undefined {
  if (all.length !== before.all.length) return undefined;
  const services = [...before.services];
  for (const [at, service] of all.entries()) {
    const old = before.all[at] as Service;
    if (old === service) continue;
    const place = services.indexOf(old);
    if (place === -1 || !isSameWithoutServers(old, service)) return undefined;
    services[place] = service;
  }
  return services;
}
