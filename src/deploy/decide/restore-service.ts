/** Brings service back while no task of the group is UP: no request can be lost by it, so it does not wait for `maxWait`. */
import type { Observations } from '../view/observations.ts';
import type { Goal, Observation, Step, Waits, Write } from '../types.ts';
import type { SideView, View } from '../view/view.ts';
import { isPinned } from '../definition/kept-definition.ts';
import { makeLastScaled } from './make-last-scaled.ts';

/** The step that brings service back; undefined if the group serves, or if waiting is all that can be done. */
export function restoreService(
  seen: Observation,
  view: View,
  goal: Goal,
  observations: Observations,
  waits: Waits,
): Step | undefined {
  const dark = darkFor(seen, view, observations);
  if (dark === undefined) return undefined;
  const isBack = goal.kind === 'back';
  const [old, fresh] = isBack ? [view.incoming, view.outgoing] : [view.outgoing, view.incoming];
  // A failed check is certain; what is not there may be about to come.
  if (dark.time < (isDown(old) || isDown(fresh) ? Math.min(SHORT, waits.settle) : waits.settle)) return undefined;
  const what = `no task of the group is UP on ${dark.names.join(', ')}`;
  const isOneForBoth = isPinned(view);
  if (isBack) return isOneForBoth && isHealthy(old) ? onlyOld(old, fresh, view.target, what) : undefined;
  if (isOneForBoth && view.drainsFrom === 'incoming' && isHealthy(old)) {
    const why = `${what}: load balancers serve both apps by the definition of ${fresh.seen.app.id}; this puts that of ${old.seen.app.id} into force again`;
    return makeLastScaled(fresh, why);
  }
  if (hasDrained(old)) return { kind: 'turn-back', why: what };
  const isHindered = isOneForBoth && isHealthy(fresh) && (!isHealthy(old) || isDown(old)) && goal.kind === 'forward';
  return isHindered ? onlyFresh(old, fresh, view.target, what) : undefined;
}

/** Milliseconds that load balancers take to follow Marathon, as a rule. */
const SHORT = 2000;

function onlyOld(old: SideView, fresh: SideView, target: number, what: string): Write {
  const why = `${what}: without it load balancers serve ${old.seen.app.id} by its own definition`;
  return { kind: 'delete', app: fresh.seen.app.id, why, force: true, ...grownTo(old, target) };
}

function onlyFresh(old: SideView, fresh: SideView, target: number, what: string): Write {
  const why = `${what}: its definition keeps the tasks of ${fresh.seen.app.id}, which are healthy, out of service`;
  return { kind: 'delete', app: old.seen.app.id, why, force: true, ...grownTo(fresh, target) };
}

function grownTo({ seen: { app } }: SideView, to: number): Pick<Write, 'followedBy'> {
  if ((app.instances ?? 0) >= to) return {};
  return { followedBy: [{ kind: 'scale', app: app.id, to, why: 'all instances of the group', force: true }] };
}

/**
 * How long the group has been without service: at all load balancers, or at one that serves both apps by one definition and did have a
 * task in service before.
 */
function darkFor({ at, balancers }: Observation, view: View, { dark, lit }: Observations) {
  const found = balancers.filter(({ name }) => dark.has(name));
  const flipped = found.filter(({ name }) => lit.has(name) && view.flips.includes(name) && isPinned(view));
  const counting = found.length === balancers.length ? found : flipped;
  if (counting.length === 0) return undefined;
  const names = counting.map(({ name }) => name);
  return { names, time: at - Math.max(...names.map((name) => dark.get(name) ?? at)) };
}

/** Marathon's health checks pass for one task at least. */
function isHealthy({ tasks }: SideView): boolean {
  return tasks.some(({ running, alive }) => running && alive === true);
}

/** The load balancers' own checks fail. */
function isDown({ tasks }: SideView): boolean {
  return tasks.some(({ places }) => places.some(({ down }) => down));
}

/** A healthy task was taken out of service for new ones that do not serve. */
function hasDrained({ tasks }: SideView): boolean {
  const healthy = tasks.filter(({ running, alive }) => running && alive === true);
  return healthy.some(({ places }) => places.some(({ servers, off }) => off && servers.length > 0));
}
