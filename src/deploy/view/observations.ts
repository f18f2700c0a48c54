/**
 * What one look cannot show: since when something is as it is. Lost with the process; a resumed deploy then only waits longer than
 * it had to.
 */
import { isReady } from './readiness.ts';
import { addTotals, type Totals } from './canary.ts';
import { shares } from '../decide/step-size.ts';
import type { Goal, StepSize, Observation } from '../types.ts';
import { isUp, type SideView, type TaskView, type View } from './view.ts';

export interface Observations {
  /** The last write, or the last time that more of what is waited for was there. */
  readonly since: number;
  readonly best: number;
  /** By name: load balancers that do not answer. */
  readonly silent: ReadonlyMap<string, number>;
  /** The last time that Marathon or a load balancer was not itself. */
  readonly disturbed: number;
  readonly leader?: string | undefined;
  /** The last failed health check of each task, as Marathon reported it at the last look. */
  readonly failures: ReadonlyMap<string, string>;
  /** Tasks of the incoming side that were healthy at the last look. */
  readonly healthy: ReadonlySet<string>;
  /** Tasks of the other side that were. */
  readonly leaving: ReadonlySet<string>;
  /** By task id: it gets no new requests, at any load balancer. */
  readonly off: ReadonlyMap<string, number>;
  readonly hold?: Hold | undefined;
  /** By name: load balancers at which no task of the two apps is UP. */
  readonly dark: ReadonlyMap<string, number>;
  /** Those at which one was. */
  readonly lit: ReadonlySet<string>;
  /** Load balancers that serve another group than that of the growing side. */
  readonly elsewhere: ReadonlySet<string>;
  /** The number of instances that the group needed while both apps existed. */
  readonly target?: number | undefined;
}

/** A canary that is watched. */
export interface Hold {
  readonly instances: number;
  readonly since: number;
  readonly totals: Totals;
}

export function noObservations(at: number): Observations {
  // What was before is not known.
  return {
    since: at,
    best: -1,
    disturbed: at,
    failures: new Map(),
    healthy: new Set(),
    leaving: new Set(),
    silent: new Map(),
    off: new Map(),
    dark: new Map(),
    lit: new Set(),
    elsewhere: new Set(),
  };
}

/** After a write that was accepted: waits begin anew. */
export function afterWrite(observations: Observations, at: number): Observations {
  return { ...observations, since: at, best: -1 };
}

/** Marathon did not answer, or another leader may have been in charge. */
export function disturbed(observations: Observations, at: number): Observations {
  return { ...observations, disturbed: at };
}

/** The observations after a look. */
export function remember(
  observations: Observations,
  seen: Observation,
  view: View | undefined,
  goal: Goal,
  stepSize: StepSize,
): Observations {
  const { at } = seen;
  const missing = seen.balancers.flatMap(({ kind, name }) => (kind === 'silent' ? name : []));
  const silent = new Map(missing.map((name) => [name, observations.silent.get(name) ?? at]));
  const healthy = view === undefined ? observations.healthy : healthyIn(view.incoming);
  const leaving = view === undefined ? observations.leaving : healthyIn(view.outgoing);
  const failures = failuresIn(seen);
  // One that fails all the time is out of service, and stays so.
  const served = [healthy, leaving, observations.healthy, observations.leaving];
  const isDisturbed =
    missing.length > 0 ||
    seen.leader !== observations.leader ||
    (view !== undefined && lacksResults(view.outgoing, observations.leaving)) ||
    [...observations.healthy].some((id) => !healthy.has(id)) ||
    [...failures].some(([id, when]) => observations.failures.get(id) !== when && served.some((tasks) => tasks.has(id)));
  const always = {
    failures,
    healthy,
    leaving,
    silent,
    leader: seen.leader,
    disturbed: isDisturbed ? at : observations.disturbed,
  };
  if (view === undefined) return { ...observations, ...always };
  const measure = progress(view);
  const isBetter = measure > observations.best;
  const { dark, lit } = lightAt(observations, seen, view);
  return {
    dark,
    lit,
    elsewhere: new Set(view.elsewhere),
    target: goal.kind === 'split' ? undefined : view.target,
    since: isBetter && observations.best >= 0 ? at : observations.since,
    best: Math.max(measure, observations.best),
    ...always,
    off: offSince(observations, view, at, missing.length > 0),
    hold: holdOf(observations, view, goal, stepSize, at),
  };
}

/** Returns where a task of the two apps is UP, and since when none is. */
function lightAt(
  { dark, lit }: Observations,
  { at, balancers }: Observation,
  { incoming, outgoing }: View,
): Pick<Observations, 'dark' | 'lit'> {
  const places = [...incoming.tasks, ...outgoing.tasks].flatMap((task) => task.places);
  const isLit = new Set(
    places.filter(({ servers }) => servers.some(({ status }) => isUp(status))).map(({ balancer }) => balancer),
  );
  const isDark = balancers.flatMap(({ kind, name }) => (kind === 'answers' && !isLit.has(name) ? name : []));
  return { lit: new Set([...lit, ...isLit]), dark: new Map(isDark.map((name) => [name, dark.get(name) ?? at])) };
}

/** Returns whether results are missing. A new leader begins without results, and load balancers read that. New tasks have no results either. */
function lacksResults({ tasks }: SideView, leaving: ReadonlySet<string>): boolean {
  return tasks.some(({ id, running, alive, places }) => {
    return running && alive === undefined && (leaving.has(id) || places.some(({ servers }) => servers.length > 0));
  });
}

/** If one of these or its results are gone, load balancers may soon use draining tasks again. New tasks have no results yet. */
function healthyIn({ tasks }: SideView): ReadonlySet<string> {
  return new Set(tasks.flatMap(({ id, alive }) => (alive === true ? id : [])));
}

/** A check that failed for a moment makes load balancers take a task out, and tasks that drain back in. */
function failuresIn({ apps }: Observation): ReadonlyMap<string, string> {
  return new Map(apps.flatMap(({ failedChecks }) => [...(failedChecks ?? [])]));
}

/** Rises as tasks start, get healthy and get into service. */
function progress({ incoming }: View): number {
  return incoming.tasks.reduce((sum, { running, alive, places }) => {
    return sum + Number(running) + Number(alive === true) + places.filter(({ up }) => up).length;
  }, 0);
}

/** A part of the load balancers can tell that a task is in service, not that it is out of it. */
function offSince(observations: Observations, view: View, at: number, isPart: boolean): ReadonlyMap<string, number> {
  const tasks = [...view.incoming.tasks, ...view.outgoing.tasks].filter((task) => {
    return isOff(task) && (!isPart || observations.off.has(task.id));
  });
  return new Map(tasks.map(({ id }) => [id, observations.off.get(id) ?? at]));
}

/** It gets no new requests at any load balancer. */
export function isOff({ places }: TaskView): boolean {
  return places.every(({ off }) => off);
}

function holdOf(observations: Observations, view: View, goal: Goal, stepSize: StepSize, at: number): Hold | undefined {
  const instances = view.incoming.seen.app.instances ?? 0;
  if (goal.kind === 'back' || !shares(view.target, stepSize).includes(instances)) return undefined;
  const before = observations.hold?.instances === instances ? observations.hold : undefined;
  if (before === undefined && !isReady(view.incoming)) return undefined;
  return { instances, since: before?.since ?? at, totals: addTotals(before?.totals, view) };
}
