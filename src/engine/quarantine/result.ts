import type { Problem } from '../../model/problem.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { serviceKey } from '../alerts/attribute.ts';
import type { LastGood } from './fallback.ts';
import { problemOf, type Rejection, type Rejections, type Ward } from './candidate.ts';

/** What a check teaches. */
export interface Lessons {
  readonly problems: readonly Problem[];
  readonly lastGood: LastGood;
  readonly rejected: Rejections;
}

/** What is to be remembered and said after HAProxy accepted what is active; `before` is what was good until now. */
export function lessonsOf(wards: readonly Ward[], before: LastGood): Lessons {
  // A service that is away now (no task) keeps its last good definition.
  const lastGood = new Map(before);
  const rejected = new Map<string, Rejection>();
  const problems: Problem[] = [];
  for (const ward of wards) {
    const { service, active, fault, steps, effect } = ward;
    const key = serviceKey(service);
    if (active === service) lastGood.set(key, service);
    // The very object if HAProxy was not asked again.
    const same = ward.before?.effect === effect ? ward.before : undefined;
    if (fault !== undefined)
      rejected.set(key, same ?? { ...fault, definition: service, servers: service.servers, steps, effect });
    const problem = problemOf(ward);
    if (problem !== undefined) problems.push(problem);
  }
  return { problems, lastGood: bounded(lastGood, wards), rejected };
}

/** Services that are long gone are forgotten. */
function bounded(lastGood: ReadonlyMap<string, ServiceDefinition>, wards: readonly Ward[]): LastGood {
  if (lastGood.size <= 2 * wards.length + 1000) return lastGood;
  const present = new Set(wards.map(({ service }) => serviceKey(service)));
  return new Map([...lastGood].filter(([key]) => present.has(key)));
}
