/** Decides whether draining tasks are done, by the reports of every load balancer. */
import { plural } from '../../lib/text/plural.ts';
import { hasTcpPort } from '../definition/labels.ts';
import type { Observations } from './observations.ts';
import { isOff } from './observations.ts';
import type { Observation, Waits } from '../types.ts';
import type { TaskView } from './view.ts';

export type Drain =
  /** Nobody is served by them any more. */
  | { readonly kind: 'drained' }
  /** Some still serve, but had `maxWait` to end it. */
  | { readonly kind: 'overdue'; readonly why: string }
  | { readonly kind: 'waiting'; readonly why: string; readonly until?: number }
  /** They may come back into service. */
  | { readonly kind: 'unsettled'; readonly why: string; readonly until: number }
  /** A load balancer still sends requests to one of them. */
  | { readonly kind: 'serving'; readonly why: string };

export function drainOf(
  tasks: readonly TaskView[],
  seen: Observation,
  observations: Observations,
  { maxWait, drainTime, settle }: Waits,
): Drain {
  for (const task of tasks) {
    const place = task.places.find(({ off }) => !off);
    if (place) return { kind: 'serving', why: `task ${task.id} is still in service on ${place.balancer}` };
  }
  const calm = observations.disturbed + settle;
  if (seen.at < calm)
    return { kind: 'unsettled', why: 'the load balancers may still follow what was true a moment ago', until: calm };
  const since = Math.max(...tasks.map(({ id }) => observations.off.get(id) ?? seen.at));
  const reason = occupied(tasks, seen) ?? oldProcesses(seen);
  if (reason !== undefined) {
    if (seen.at - since >= maxWait) return { kind: 'overdue', why: reason };
    return { kind: 'waiting', why: reason, until: since + maxWait };
  }
  const mute = seen.balancers.find((balancer) => balancer.kind === 'answers' && balancer.processes === undefined);
  const enough = Math.min(drainTime, maxWait);
  if (mute === undefined || seen.at - since >= enough) return { kind: 'drained' };
  const why = `${mute.name} does not tell its processes: an old one may still serve the tasks that drain`;
  return { kind: 'waiting', why, until: since + enough };
}

/** Returns whether a load balancer may have processes that serve what it does not tell of any more. */
export function hasOldProcesses({ balancers }: Observation): boolean {
  return balancers.some((balancer) => balancer.kind === 'answers' && (balancer.processes ?? 3) > 2);
}

/** Returns whether any load balancer may send requests to any of the tasks. */
export function inService(tasks: readonly TaskView[]): boolean {
  return !tasks.every(isOff);
}

function occupied(tasks: readonly TaskView[], { apps }: Observation): string | undefined {
  for (const { id, places } of tasks) {
    const place = places.find(({ sessions }) => sessions > 0);
    if (place) return `task ${id} has ${plural(place.sessions, 'session')} on ${place.balancer}${pinned(apps)}`;
  }
  return undefined;
}

/** In mode tcp, the default without a virtual host and an HTTP check, a session is a connection, which may last for hours. */
function pinned(apps: Observation['apps']): string {
  const isTcp = apps.some(({ app }) => hasTcpPort(app));
  return isTcp ? ' (mode tcp: a session is a connection, and lasts until the client or the task closes it)' : '';
}

/** A master and a worker are two; a third one is from before a reload and ends with its last connection. */
function oldProcesses({ balancers }: Observation): string | undefined {
  const reloading = balancers.find((balancer) => balancer.kind === 'answers' && (balancer.processes ?? 0) > 2);
  if (reloading?.kind !== 'answers') return undefined;
  return `old processes of ${reloading.name} still serve (${reloading.processes} processes)`;
}
