/** Finds the goal of a deploy in progress from its apps in Marathon: `--resume` continues to it. */
import { sidesOf } from '../../model/groups/draining-side.ts';
import { byStart, label, numberLabel } from '../definition/labels.ts';
import type { AppState, Goal } from '../types.ts';

/**
 * A label would restart the tasks; the two apps tell it as well. Only a rollback scales the old app up, to all instances at least: then
 * it has them and is the one that was scaled last. Going forward it loses instances with each step, and has all only before the first
 * one, when the new app was scaled last. `--complete-cur` leaves no such trace: two apps that are to stay side by side do so.
 */
export function resumeGoal(first: AppState, second: AppState): Goal {
  const { old, fresh } = byStart(first, second);
  const target = numberLabel(fresh.app, label.target);
  const sides = sidesOf(first.app, second.app);
  const isOldLast = sides.kind === 'sides' && sides.newer === old.app;
  if (isOldLast && target !== undefined && (old.app.instances ?? 0) >= target) return { kind: 'back' };
  const newInstances = numberLabel(fresh.app, label.newInstances) ?? 0;
  return newInstances === 0 ? { kind: 'forward' } : { kind: 'split', newInstances };
}
