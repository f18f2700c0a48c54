import { byAppAndPort } from '../../model/build.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import { serviceKey } from '../alerts/attribute.ts';
import type { Fallbacks } from './fallback.ts';
import { createCandidate, type Past, problemOf, type Rejections } from './candidate.ts';

/**
 * The services without those that HAProxy refused before and that are still the same: their last good definition stands in, or
 * nothing. What `quarantine` begins with; the problems are those of the services that are held.
 */
export function withoutRejected(services: readonly Service[], past: Past & { readonly rejected: Rejections }): Fallbacks {
  const { rejected } = past;
  if (rejected.size === 0) return { services, problems: [] };
  const problems: Problem[] = [];
  const left = services.flatMap((service) => {
    if (!rejected.has(serviceKey(service))) return service;
    const candidate = createCandidate(service, past);
    const problem = problemOf(candidate);
    if (problem !== undefined) problems.push(problem);
    return candidate.active ?? [];
  });
  return { services: left.sort(byAppAndPort), problems };
}
