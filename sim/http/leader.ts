import { forgetResults } from '../cluster/health-checks.ts';
import type { World } from '../cluster/cluster.ts';

export interface LeaderLoss {
  /** So long every request is answered with an error. Default 1000. */
  readonly ms?: number;
  /** `host:port` of the new leader, as it is told; default: the same. */
  readonly host?: string;
  /** Default: 502 from Marathon 1.7 on, 503 before. */
  readonly status?: number;
}

/** The leader is lost: streams end, requests fail for a while, the next leader knows no results of Marathon-level checks. */
export function loseLeader(world: World, loss: LeaderLoss = {}): void {
  const { ms = 1000, host, status = world.settings.profile === '1.4' ? 503 : 502 } = loss;
  world.leader.lostUntil = world.settings.clock.now() + ms;
  world.leader.status = status;
  if (host !== undefined) world.leader.host = host;
  for (const subscriber of world.hub.subscribers) subscriber.close();
  forgetResults(world);
}

/** There is no leader just now. */
export function leaderless(world: World): boolean {
  return world.settings.clock.now() < world.leader.lostUntil;
}
