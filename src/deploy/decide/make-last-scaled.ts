/** Makes one side the one that was scaled last: load balancers drain the other one, and those of 1.15 serve both by its definition. */
import { plural } from '../../lib/text/plural.ts';
import { hasOldProcesses } from '../view/drain.ts';
import { goalInstances, nextInstances } from './step-size.ts';
import type { Goal, Observation, Step, Write } from '../types.ts';
import type { DeployPlan } from '../types.ts';
import type { SideView, View } from '../view/view.ts';

/** Makes a side the one that was scaled last: an instance more, which is taken back before it runs. */
export function makeLastScaled({ seen: { app } }: SideView, why: string, force?: true): Write {
  const to = app.instances ?? 0;
  const back: Write = { kind: 'scale', app: app.id, to, why: SURPLUS, force: true };
  return { kind: 'scale', app: app.id, to: to + 1, why, ...(force && { force }), followedBy: [back] };
}

/** A change and all that follow it, in order. */
export function inOrder(step: Write): readonly Write[] {
  return [step, ...(step.followedBy ?? []).flatMap(inOrder)];
}

/** The instance that turned the direction is taken back: before it runs, or by its id as long as it cannot have served a request. */
export function surplusOf(seen: Observation, { incoming, target }: View, goal: Goal): Step | undefined {
  const all = goalInstances(goal, target);
  if ((incoming.seen.app.instances ?? 0) !== all + 1) return undefined;
  const app = incoming.seen.app.id;
  const running = incoming.tasks.filter((task) => task.running);
  if (running.length <= all) return { kind: 'scale', app, to: all, why: SURPLUS, force: true };
  const idle = running.findLast(({ alive, places }) => {
    const isNew = alive === undefined || (!alive && !hasOldProcesses(seen));
    return isNew && places.every(({ servers }) => servers.length === 0);
  });
  return idle && { kind: 'kill', app, tasks: [idle.id], why: SURPLUS, force: true };
}

/** The next growth of the incoming side, once `killed` of the outgoing one are gone; undefined if it has all instances. */
export function growthOf(
  { incoming, outgoing, target }: View,
  { goal, stepSize }: DeployPlan,
  killed: number,
): Write | undefined {
  const now = incoming.seen.app.instances ?? 0;
  if (now >= goalInstances(goal, target)) return undefined;
  const to = nextInstances(now, (outgoing.seen.app.instances ?? 0) - killed, target, goal, stepSize);
  return { kind: 'scale', app: incoming.seen.app.id, to, why: `all ${plural(now, 'instance')} of it serve` };
}

const SURPLUS = 'the instance that turned the direction is not needed any more';
