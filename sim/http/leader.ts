import { forgetResults } from '../cluster/health/health-checks.ts';
import type { Cluster } from '../cluster/cluster.ts';

export interface LeaderLoss {
  /** So long every request is answered with an error. Default 1000. */
  readonly ms?: number;
  /** `host:port` that is reported for the new leader; the same by default. */
  readonly host?: string;
  /** Default: 502 from Marathon 1.7 on, 503 before. */
  readonly status?: number;
}

/** The leader is lost: streams end, requests fail for a while, the next leader knows no results of Marathon-level checks. */
export function loseLeader(cluster: Cluster, loss: LeaderLoss = {}): void {
  const { ms = 1000, host, status = cluster.settings.profile === '1.4' ? 503 : 502 } = loss;
  cluster.leader.lostUntil = cluster.settings.clock.now() + ms;
  cluster.leader.status = status;
  if (host !== undefined) cluster.leader.host = host;
  for (const subscriber of cluster.hub.subscribers) subscriber.close();
  forgetResults(cluster);
}

/** There is no leader just now. */
export function leaderless(cluster: Cluster): boolean {
  return cluster.settings.clock.now() < cluster.leader.lostUntil;
}
