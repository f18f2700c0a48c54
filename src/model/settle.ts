import type { ModelSettings } from '../config/settings.ts';
import { settleClaims } from './claims.ts';
import { withoutNameConflicts } from './conflicts.ts';
import type { Problem } from './problem.ts';
import { isSame } from './same.ts';
import type { Service } from './service.ts';

/** Which services keep what several claim. */
export interface Settled {
  /** What it was decided on. */
  readonly all: readonly Service[];
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/** Settles all conflicts of sorted services. They are about definitions: while only tasks change, what was settled before stands. */
export function settle(all: readonly Service[], frontends: ModelSettings['frontends'], before: Settled | undefined): Settled {
  const services = before && carried(all, before);
  if (before && services) return { all, services, problems: before.problems };
  const named = withoutNameConflicts(all);
  const settled = settleClaims(named.services, frontends);
  return { all, services: settled.services, problems: [...named.problems, ...settled.problems] };
}

/** Whether two services are the same but for their tasks. */
export function isSameFacade(a: Omit<Service, 'servers'>, b: Omit<Service, 'servers'>): boolean {
  return isSame({ ...a, servers: [] }, { ...b, servers: [] });
}

/** The settled services with the tasks of now; undefined: more than tasks changed, or tasks of a service that lost something. */
function carried(all: readonly Service[], before: Settled): readonly Service[] | undefined {
  if (all.length !== before.all.length) return undefined;
  const services = [...before.services];
  for (const [at, service] of all.entries()) {
    const old = before.all[at] as Service;
    if (old === service) continue;
    const place = services.indexOf(old);
    if (place === -1 || !isSameFacade(old, service)) return undefined;
    services[place] = service;
  }
  return services;
}
