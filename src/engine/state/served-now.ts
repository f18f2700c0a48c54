/** Asks the running load balancer which services it serves: it knows which ones HAProxy rejects. */
import { serviceKey } from '../alerts/attribute.ts';
import { type LastGood, fallbackTo } from '../quarantine/fallback.ts';
import type { RejectionReport } from './rejection-report.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';

export interface ServedNow {
  readonly services: readonly Service[];
  /** Of services that are not served as their labels say. */
  readonly problems: readonly Problem[];
}

/** Returns the same services if nothing is rejected. */
export function withRejections(services: readonly Service[], rejectionReport: RejectionReport, lastGood: LastGood): ServedNow {
  const { refusals, notLive, live } = rejectionReport;
  if (refusals.length === 0 && live === undefined) return { services, problems: [] };
  const byKey = new Map(refusals.map((refusal) => [serviceKey(refusal), refusal]));
  const isLive = live === undefined ? undefined : new Set(live);
  const problems: Problem[] = [];
  const left = services.flatMap((service) => {
    const key = serviceKey(service);
    const refusal = byKey.get(key);
    if (refusal !== undefined) problems.push(refusal.problem);
    if (refusal?.effect === 'nothing') return [];
    if (isLive?.has(key) === false) {
      problems.push(notYet(service, notLive));
      return [];
    }
    const good = refusal?.effect === 'last-labels' ? lastGood.get(key) : undefined;
    return good === undefined ? service : fallbackTo(good, service);
  });
  return { services: left, problems };
}

function notYet({ app, backend }: Service, why: string | undefined): Problem {
  const detail = `it is not live: the load balancer could not bring its last changes to HAProxy (${why ?? 'it does not say why'})`;
  return { code: 'haproxy-rejected', app, service: backend, detail };
}
