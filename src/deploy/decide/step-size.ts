import type { Goal, StepSize } from '../types.ts';

/** How many instances the incoming side is to have in the end. */
export function goalInstances(goal: Goal, target: number): number {
  return goal.kind === 'split' ? Math.min(goal.newInstances, target) : target;
}

/**
 * How many instances the incoming side gets next: half of itself plus one more, or as many as `linear` says; at once all that are
 * missing where that makes it as large as the outgoing side. A canary grows by its shares. Going back is not done in steps.
 */
export function nextInstances(now: number, outgoing: number, target: number, goal: Goal, pace: StepSize): number {
  const all = goalInstances(goal, target);
  if (goal.kind === 'back') return all;
  const share = shares(target, pace).find((count) => count > now);
  if (pace.canary !== undefined) return Math.min(share ?? all, all);
  const next = now + (pace.linear > 0 ? pace.linear : Math.floor((now + 1) / 2));
  return next >= all || next >= outgoing ? all : Math.max(next, now + 1);
}

/** The instances at which a canary is watched. */
export function shares(target: number, { canary }: StepSize): readonly number[] {
  return canary?.steps.map((percent) => Math.max(1, Math.ceil((target * percent) / 100))) ?? [];
}
