import type { Goal, StepSize } from '../types.ts';

/** Returns the number of instances that the incoming side has in the end. */
export function goalInstances(goal: Goal, target: number): number {
  return goal.kind === 'split' ? Math.min(goal.newInstances, target) : target;
}

/**
 * How many instances the incoming side gets next: half of itself plus one more, or as many as `linear` says; at once all that are
 * missing if that makes it as large as the outgoing side. A canary grows by its shares. Going back is not done in steps.
 */
export function nextInstances(now: number, outgoing: number, target: number, goal: Goal, stepSize: StepSize): number {
  const all = goalInstances(goal, target);
  if (goal.kind === 'back') return all;
  const share = shares(target, stepSize).find((count) => count > now);
  if (stepSize.canary !== undefined) return Math.min(share ?? all, all);
  const next = now + (stepSize.linear > 0 ? stepSize.linear : Math.floor((now + 1) / 2));
  return next >= all || next >= outgoing ? all : Math.max(next, now + 1);
}

/** The instances at which a canary is watched. */
export function shares(target: number, { canary }: StepSize): readonly number[] {
  return canary?.steps.map((percent) => Math.max(1, Math.ceil((target * percent) / 100))) ?? [];
}
