/** Decides whether the new side answers worse than the old one, by the counters of the load balancers during the watch. */
import type { Canary } from '../types.ts';
import type { ServerStats } from '../types.ts';
import type { SideView, View } from './view.ts';

/** Sums over all servers of a side and all load balancers since the watch began. */
export interface Totals {
  readonly incoming: Sum;
  readonly outgoing: Sum;
  /** The counters of the last look, by load balancer and server. */
  readonly last: ReadonlyMap<string, Counters>;
}

export interface Sum {
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds an answer, over the servers that have any; undefined: none. */
  readonly answerTime: number | undefined;
}

interface Counters {
  readonly requests: number;
  readonly errors: number;
}

/** Adds what was counted since the last look. A counter that is lower than before began anew with a reload. */
export function addTotals(before: Totals | undefined, { incoming, outgoing }: View): Totals {
  const last = new Map<string, Counters>();
  const isFirst = before === undefined;
  const sum = (side: SideView, start: Sum | undefined): Sum => {
    let { requests, errors } = start ?? { requests: 0, errors: 0 };
    for (const { key, server } of serversOf(side)) {
      const now = countersOf(server);
      last.set(key, now);
      const then = before?.last.get(key);
      if (isFirst) continue;
      requests += since(now.requests, then?.requests);
      errors += since(now.errors, then?.errors);
    }
    return { requests, errors, answerTime: answerTime(side) };
  };
  return { incoming: sum(incoming, before?.incoming), outgoing: sum(outgoing, before?.outgoing), last };
}

/** Why the new side is worse; undefined: it is not, as far as one can tell. */
export function verdict({ incoming, outgoing }: Totals, limits: Canary): string | undefined {
  if (incoming.requests < limits.minRequests) return undefined;
  const [fresh, old] = [percent(incoming), percent(outgoing)];
  if (fresh > old + limits.maxErrors) {
    return `the new tasks fail ${shown(fresh)} % of ${incoming.requests} requests, the old ones ${shown(old)} %; at most ${limits.maxErrors} points more are allowed`;
  }
  if (incoming.answerTime === undefined || outgoing.answerTime === undefined || outgoing.requests < limits.minRequests)
    return undefined;
  const allowed = Math.max(outgoing.answerTime * limits.maxSlowdown, outgoing.answerTime + ALWAYS_ALLOWED);
  if (incoming.answerTime <= allowed) return undefined;
  return `the new tasks answer in ${Math.round(incoming.answerTime)} ms, the old ones in ${Math.round(outgoing.answerTime)} ms; at most ${Math.round(allowed)} ms are allowed`;
}

/** Why a task of the new side is not fit; undefined: all are, or it is not known yet. */
export function failing({ tasks }: SideView): string | undefined {
  for (const { id, alive, places } of tasks) {
    if (alive === false) return `Marathon's health checks of new task ${id} fail`;
    const down = places.find((place) => place.down);
    if (down) return `new task ${id} is DOWN on ${down.balancer}`;
  }
  return undefined;
}

/** Milliseconds. */
const ALWAYS_ALLOWED = 20;

function* serversOf({ tasks }: SideView): Generator<{ key: string; server: ServerStats }> {
  for (const { id, places } of tasks) {
    for (const { balancer, servers } of places) {
      for (const [at, server] of servers.entries()) yield { key: `${id} ${at} ${balancer}`, server };
    }
  }
}

function countersOf({ answers, failures, total }: ServerStats): Counters {
  const answered = answers.reduce((sum, count) => sum + count, 0);
  return { requests: answered > 0 ? answered : total, errors: (answers[5] ?? 0) + failures };
}

function since(now: number, then: number | undefined): number {
  return then === undefined || now < then ? now : now - then;
}

/** An average over servers, each as often as it answered: idle ones show an old figure. */
function answerTime(side: SideView): number | undefined {
  let [time, count] = [0, 0];
  for (const { server } of serversOf(side)) {
    const { requests } = countersOf(server);
    time += server.answerTime * requests;
    count += requests;
  }
  return count === 0 ? undefined : time / count;
}

function percent({ requests, errors }: Sum): number {
  return requests === 0 ? 0 : Math.min(100, (errors / requests) * 100);
}

function shown(value: number): string {
  return value.toFixed(1);
}
