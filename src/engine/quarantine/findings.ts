import type { Problem } from '../../model/problem.ts';
import type { ServiceDefinition } from '../../model/service.ts';
import { serviceKey } from '../alerts/attribute.ts';
import type { LastGood } from './fallback.ts';
import { problemOf, type Rejection, type Rejections, type Candidate } from './candidate.ts';

/** The findings to keep after a check. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly lastGood: LastGood;
  readonly rejected: Rejections;
}

/** Returns what to keep and to report after HAProxy accepted what is active; `before` is what was good until now. */
export function findingsOf(candidates: readonly Candidate[], before: LastGood): Findings {
  // A service that is away now (no task) keeps its last good definition.
  const lastGood = new Map(before);
  const rejected = new Map<string, Rejection>();
  const problems: Problem[] = [];
  for (const candidate of candidates) {
    const { service, active, fault, steps, effect } = candidate;
    const key = serviceKey(service);
    if (active === service) lastGood.set(key, service);
    // The very object if HAProxy was not asked again.
    const same = candidate.before?.effect === effect ? candidate.before : undefined;
    if (fault !== undefined)
      rejected.set(key, same ?? { ...fault, definition: service, servers: service.servers, steps, effect });
    const problem = problemOf(candidate);
    if (problem !== undefined) problems.push(problem);
  }
  return { problems, lastGood: bounded(lastGood, candidates), rejected };
}

/** Services that are long gone are forgotten. */
function bounded(lastGood: ReadonlyMap<string, ServiceDefinition>, candidates: readonly Candidate[]): LastGood {
  if (lastGood.size <= 2 * candidates.length + 1000) return lastGood;
  const present = new Set(candidates.map(({ service }) => serviceKey(service)));
  return new Map([...lastGood].filter(([key]) => present.has(key)));
}
