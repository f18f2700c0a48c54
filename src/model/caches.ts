/** Services whose answers HAProxy keeps: their memory has one limit for all. */
import { byPrecedence } from './conflicts/precedence.ts';
import { lackOf, serviceRows } from './labels/from-rows.ts';
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';
import { cacheSize } from './values/answers.ts';

export interface Cached {
  /** The same list if all have what they want. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/**
 * Takes the label CACHE from services that would need more memory than is left, `megabytes` for all: the older definition has it first. The same
 * services give the same objects.
 */
export function limitCaches(services: readonly Service[], megabytes: number): Cached {
  const wanted = services.filter(isCached);
  if (wanted.length === 0) return { services, problems: [] };
  let left = megabytes;
  const refused = new Set<Service>();
  const problems: Problem[] = [];
  for (const service of wanted.toSorted(byPrecedence)) {
    const size = cacheSize(service.typed?.['CACHE'] as string).megabytes;
    if (size <= left) left -= size;
    else {
      refused.add(service);
      problems.push(problemOf(service, size, left, megabytes));
    }
  }
  if (refused.size === 0) return { services, problems };
  return { services: services.map((service) => (refused.has(service) ? withoutCache(service) : service)), problems };
}

function isCached(service: Service): boolean {
  const value = service.typed?.['CACHE'];
  const row = serviceRows.get('CACHE');
  return value !== undefined && row !== undefined && lackOf(row, value, service) === undefined;
}

function problemOf({ app, backend, index }: Service, size: number, left: number, all: number): Problem {
  const label = `HAPROXY_${index}_CACHE`;
  const detail =
    all === 0
      ? `${label} has no effect: this load balancer keeps no answers (--cache-memory 0)`
      : `${label} has no effect: its cache of ${size} MB does not fit into the ${left} MB that older apps leave of ${all} MB (--cache-memory)`;
  const fix = all === 0 ? `take ${label} away` : `let ${label} have a smaller size, or ask the operator for more`;
  return { code: 'cache-unused', app, service: backend, label, detail, fix };
}

function withoutCache(service: Service): Service {
  let without = stripped.get(service);
  if (without === undefined) {
    const { CACHE: _cache, ...typed } = service.typed ?? {};
    without = { ...service, typed };
    stripped.set(service, without);
  }
  return without;
}

const stripped = new WeakMap<Service, Service>();
