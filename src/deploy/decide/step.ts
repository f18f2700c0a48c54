/** The next step of a deploy, by what was seen. Pure: the same look, goal and observations give the same step. */
import { failing, verdict } from '../view/canary.ts';
import { plural } from '../../lib/text/plural.ts';
import { singleAppStep } from './single-app.ts';
import { restoreService } from './restore-service.ts';
import { goBackPinned, isPinned } from '../definition/kept-definition.ts';
import { waitUpTo } from './wait-up-to.ts';
import { growthOf, surplusOf, makeLastScaled } from './make-last-scaled.ts';
import { drainOf, inService, type Drain } from '../view/drain.ts';
import type { Observations } from '../view/observations.ts';
import { goalInstances } from './step-size.ts';
import { type Missing, missingOf } from '../view/readiness.ts';
import type { DeployPlan, Goal, Observation, Step, Waits } from '../types.ts';
import { type SideView, type TaskView, type View, viewOf } from '../view/view.ts';

/** Decides the next step. */
export function step(seen: Observation, plan: DeployPlan, observations: Observations): Step {
  const { apps } = seen;
  // A new leader may show nothing for a moment.
  if (apps.length === 0)
    return waitUpTo(seen.at, observations.since, plan.waits, 'marathon', 'Marathon shows no app of the group');
  if (apps.length > 2) {
    const ids = apps.map(({ app }) => app.id).join(', ');
    return { kind: 'stop', blame: 'labels', why: `the group has ${apps.length} apps: ${ids}; delete all but two` };
  }
  const silent = silence(seen, plan, observations);
  if (silent) return silent;
  const [only] = apps;
  if (only && apps.length === 1) return singleAppStep(only, seen, plan, observations);
  const view = viewOf(seen, plan.goal);
  if (view.kind === 'malformed') return { kind: 'stop', blame: 'labels', why: view.why };
  const situation = { seen, plan, observations, view };
  return (
    surplusOf(seen, view, plan.goal) ??
    restoreService(seen, view, plan.goal, observations, plan.waits) ??
    (plan.goal.kind === 'back' && isPinned(view) ? goBackPinned(seen, view, plan, observations) : undefined) ??
    unlocked(situation) ??
    turned(situation) ??
    prepared(situation) ??
    watched(situation) ??
    drained(situation) ??
    grown(situation)
  );
}

interface Situation {
  readonly seen: Observation;
  readonly plan: DeployPlan;
  readonly observations: Observations;
  readonly view: View;
}

function silence(seen: Observation, { waits }: DeployPlan, observations: Observations): Step | undefined {
  if (seen.balancers.length === 0) {
    return waitUpTo(seen.at, observations.since, waits, 'load-balancer', 'no load balancer is known: its name has no address');
  }
  const silent = seen.balancers.find((balancer) => balancer.kind === 'silent');
  if (silent?.kind !== 'silent') return undefined;
  const since = observations.silent.get(silent.name) ?? seen.at;
  return waitUpTo(seen.at, since, waits, 'load-balancer', `${silent.name} does not answer: ${silent.why}`);
}

/** Running deployments of Marathon must end first. */
function unlocked(situation: Situation): Step | undefined {
  const {
    plan: { goal },
    view,
  } = situation;
  const { incoming, outgoing } = view;
  // Going back takes the unfinished deployment of the new app away.
  const locked = (goal.kind === 'back' ? [incoming] : [incoming, outgoing]).find((side) => side.seen.deployments.length > 0);
  if (locked === undefined) return undefined;
  const missing = missingOf(locked, wordOf(locked, view, goal));
  const why = `Marathon still deploys ${locked.seen.app.id}${missing ? `: ${missing.why}` : ''}`;
  return unready(situation, { why, blame: 'marathon' });
}

/** The load balancers must take tasks of the outgoing side out of service, not of the incoming one: the side that was scaled last comes. */
function turned(situation: Situation): Step | undefined {
  const { plan, view } = situation;
  const { goal } = plan;
  const { incoming, outgoing, target, drainsFrom, draining } = view;
  const all = goalInstances(goal, target);
  const app = incoming.seen.app.id;
  const isBack = goal.kind === 'back';
  if (isBack && instancesOf(incoming) < all) {
    return { kind: 'scale', app, to: all, why: 'back to all instances of the old app' };
  }
  if (drainsFrom === 'outgoing') return undefined;
  if (instancesOf(incoming) < all) {
    const growth = growthOf(view, plan, 0);
    // One definition serves both: until the old one is in force again, old tasks may be out of service.
    return draining.length === 0 && !isPinned(view) ? undefined : growth && { ...growth, why: 'the new app is to grow' };
  }
  const isSettled = goal.kind === 'split' && draining.length === 0 && instancesOf(incoming) + instancesOf(outgoing) <= target;
  if (isSettled && !isPinned(view)) return undefined;
  const isNeedless = goal.kind !== 'split' && draining.length === 0 && !inService(outgoing.tasks);
  if (isNeedless && incoming.tasks.some(isUpEverywhere)) return deleted(situation);
  return makeLastScaled(incoming, `one instance more makes ${app} the side that comes; it is taken back at once`);
}

function isUpEverywhere({ places }: TaskView): boolean {
  return places.length > 0 && places.every(({ up }) => up);
}

/** All instances of the incoming side serve at every load balancer. */
function prepared(situation: Situation): Step | undefined {
  const { view, plan } = situation;
  const missing = missingOf(view.incoming, wordOf(view.incoming, view, plan.goal));
  if (missing === undefined) return undefined;
  if (situation.observations.hold) {
    const unfit = failing(view.incoming);
    if (unfit !== undefined) return { kind: 'turn-back', why: unfit };
  }
  return unready(situation, missing);
}

/** A canary that does not get ready in time is one that is not fit. */
function unready({ seen, plan, observations, view }: Situation, { why, blame }: Missing): Step {
  const step = waitUpTo(seen.at, observations.since, plan.waits, blame, why);
  const isCanary = plan.goal.kind === 'forward' && plan.stepSize.canary !== undefined;
  const isNew = missingOf(view.incoming, '') !== undefined;
  return step.kind === 'stop' && isCanary && isNew ? { kind: 'turn-back', why: step.why } : step;
}

/** A canary is watched for a while before it grows. */
function watched({ seen, plan: { goal, stepSize }, observations: { hold } }: Situation): Step | undefined {
  const { canary } = stepSize;
  if (canary === undefined || hold === undefined || goal.kind === 'back') return undefined;
  const worse = verdict(hold.totals, canary);
  if (worse !== undefined) return { kind: 'turn-back', why: worse };
  const until = hold.since + canary.wait;
  if (seen.at >= until) return undefined;
  const why = `the new app is watched with ${plural(hold.instances, 'instance')}`;
  return { kind: 'wait', why, blame: 'canary', until };
}

/** Kills draining tasks, or deletes the whole app, when they serve no request. */
function drained({ seen, plan, observations, view }: Situation): Step | undefined {
  const { outgoing, draining, drainsFrom } = view;
  if (draining.length === 0) return undefined;
  if (drainsFrom === 'incoming') return undefined;
  const tasks = outgoing.tasks.filter(({ id }) => draining.includes(id));
  const drain = drainOf(tasks, seen, observations, plan.waits);
  const wait = waitFor(drain, { seen, plan, observations, view });
  if (wait) return wait;
  const isAll = outgoing.tasks.every(({ id, running }) => draining.includes(id) || !running);
  const isLast = isAll && isComplete(view, plan.goal);
  const app = outgoing.seen.app.id;
  const why = overdueWhy(drain, plan.waits) ?? `${plural(tasks.length, 'task')} drained at every load balancer`;
  if (isLast) return { kind: 'delete', app, why, ...(plan.goal.kind === 'back' && { force: true }) };
  // A kill would make the new app the one that was scaled last: the old one would drain again.
  if (plan.goal.kind === 'back') {
    return waitUpTo(seen.at, observations.since, plan.waits, 'load-balancer', `not all tasks of ${app} drain yet`);
  }
  // Until the next scale the side that was killed from is the one that was scaled last.
  const keep = isPinned(view)
    ? makeLastScaled(view.incoming, 'load balancers are to keep the definition of the old app')
    : undefined;
  const next = growthOf(view, plan, draining.length) ?? keep;
  const overdue = drain.kind === 'overdue' ? ({ overdue: true } as const) : {};
  return { kind: 'kill', app, tasks: draining, why, ...overdue, ...(next && { followedBy: [next] }) };
}

/** The rest of the outgoing side is not in service anywhere; requests from before may still run. */
function deleted(situation: Situation): Step {
  const { seen, plan, observations, view } = situation;
  // Without a result of a health check it has never been in service.
  const tasks = view.outgoing.tasks.filter(
    ({ running, alive, places }) => (running && alive !== undefined) || places.some(({ servers }) => servers.length > 0),
  );
  const drain: Drain = tasks.length === 0 ? { kind: 'drained' } : drainOf(tasks, seen, observations, plan.waits);
  const why = overdueWhy(drain, plan.waits) ?? 'none of its tasks is in service';
  const wait = waitFor(drain, situation);
  if (wait) return wait;
  return { kind: 'delete', app: view.outgoing.seen.app.id, why, ...(plan.goal.kind === 'back' && { force: true }) };
}

/** The wait for a drain; undefined: it is over. */
function waitFor(drain: Drain, { seen, plan: { waits }, observations }: Situation): Step | undefined {
  switch (drain.kind) {
    case 'serving':
      return waitUpTo(seen.at, observations.since, waits, 'load-balancer', drain.why);
    case 'unsettled': {
      // If there is no end of trouble, nothing is known well enough to kill anything.
      const isEndless = seen.at - observations.since >= waits.maxWait + waits.settle;
      return isEndless
        ? waitUpTo(seen.at, observations.since, waits, 'load-balancer', drain.why)
        : { kind: 'wait', blame: 'drain', why: drain.why, until: drain.until };
    }
    case 'waiting':
      return { kind: 'wait', blame: 'drain', why: drain.why, until: drain.until };
    case 'overdue':
    case 'drained':
      return undefined;
  }
}

function overdueWhy(drain: Drain, { maxWait }: Waits): string | undefined {
  return drain.kind === 'overdue' ? `after ${maxWait / 1000} s of draining: ${drain.why}` : undefined;
}

/** Nothing is left to drain: the incoming side grows, or it is done. */
function grown(situation: Situation): Step {
  const { seen, plan, observations, view } = situation;
  const { goal, waits } = plan;
  const { incoming, outgoing, target } = view;
  const growth = growthOf(view, plan, 0);
  if (growth) return growth;
  const now = instancesOf(incoming);
  if (goal.kind === 'split') {
    const why = `${now} new and ${plural(instancesOf(outgoing), 'old instance')} serve side by side; --complete-cur or --complete-prev ends that`;
    if (now + instancesOf(outgoing) <= target || instancesOf(outgoing) === 0) return { kind: 'done', why };
  } else if (!inService(outgoing.tasks)) {
    return deleted(situation);
  }
  return waitUpTo(seen.at, observations.since, waits, 'load-balancer', `nothing of ${outgoing.seen.app.id} drains yet`);
}

function isComplete({ incoming, target }: View, goal: Goal): boolean {
  return goal.kind !== 'split' && instancesOf(incoming) >= target;
}

function instancesOf({ seen }: SideView): number {
  return seen.app.instances ?? 0;
}

function wordOf(side: SideView, view: View, goal: Goal): string {
  return (side === view.incoming) === (goal.kind === 'back') ? 'old' : 'new';
}
