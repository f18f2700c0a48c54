/** Services whose labels cannot be used keep on being what they were, with the tasks they have now. */
import type { MalformedService } from '../../model/app-result.ts';
import type { Model } from '../../model/build.ts';
import { byAppAndPort } from '../../model/build.ts';
import type { Problem } from '../../model/problem.ts';
import type { Server, Service, ServiceDefinition } from '../../model/service.ts';
import { serviceKey } from '../alerts/attribute.ts';

/** Service key → the last definition that HAProxy accepted. */
export type LastGood = ReadonlyMap<string, ServiceDefinition>;

/** The service that replaces a rejected one, and the problem to report. */
export type Fallbacks = Pick<Model, 'services' | 'problems'>;

/** A service as it was when HAProxy accepted it, with the servers it has now. */
export function fallbackTo(
  good: ServiceDefinition,
  now: Pick<Service, 'servers' | 'since' | 'lostPort' | 'contested' | 'leads'>,
): Service {
  const { since, lostPort, contested, leads } = now;
  // Other rules than those that were accepted may be what is refused.
  const servers = now.servers.map(byService);
  return { ...definitionOf(good), servers, since, lostPort, contested, leads };
}

/** Returns what stands in for a service whose labels cannot be read; undefined: it was never accepted. */
export function fallbackFor(lastGood: LastGood): (malformed: MalformedService) => Service | undefined {
  return (malformed) => {
    const good = lastGood.get(serviceKey(malformed));
    return good && fallbackTo(good, malformed);
  };
}

/** Returns the service with all servers by its own definition; undefined if they are so already. */
export function withoutOwnRules(service: Service): Service | undefined {
  if (!service.servers.some(({ own }) => own !== undefined)) return undefined;
  return { ...service, servers: service.servers.map(byService) };
}

function byService({ own: _own, ...server }: Server): Server {
  return server;
}

/** Returns the parts of a service that are kept: those from its app, not those from its tasks and from other apps. */
export function definitionOf(service: ServiceDefinition & Partial<Service>): ServiceDefinition {
  const { servers: _servers, since: _since, lostPort: _lostPort, contested: _contested, leads: _leads, ...definition } = service;
  return definition;
}

/** The model with the services that have labels which do not parse, as far as they were fine once. */
export function withMalformed(model: Model, lastGood: LastGood): Fallbacks {
  if (model.malformed.length === 0) return model;
  const backends = new Set(model.services.map(({ backend }) => backend));
  const keys = new Set(model.services.map(serviceKey));
  const services: Service[] = [];
  const said = new Map<Problem, Problem>();
  for (const malformed of model.malformed) {
    const good = lastGood.get(serviceKey(malformed));
    // The model has settled who gets what with those that stand in.
    const isSettled = keys.has(serviceKey(malformed));
    const isServed = isSettled || (good !== undefined && !backends.has(good.backend));
    if (good !== undefined && isServed && !isSettled) {
      const isTaken = model.services.some(({ servicePort, lostPort }) => servicePort === good.servicePort && !lostPort);
      services.push(fallbackTo(good, isTaken ? { ...malformed, lostPort: true } : malformed));
      backends.add(good.backend);
    }
    for (const problem of malformed.problems) said.set(problem, withEffect(problem, isServed));
  }
  return {
    services: services.length === 0 ? model.services : [...model.services, ...services].sort(byAppAndPort),
    problems: model.problems.map((problem) => said.get(problem) ?? problem),
  };
}

/** Returns the effect of a mistake on the service, in words. */
export function effectOf(isServed: boolean): string {
  return isServed ? 'it is served with its last good labels and its current tasks' : 'it is left out';
}

function withEffect(problem: Problem, isServed: boolean): Problem {
  return { ...problem, detail: `${problem.detail} (${effectOf(isServed)})` };
}
