import { areSameChecks } from '../tasks/check.ts';
import type { Task, Workload } from '../workload.ts';

/**
 * Returns the app in parts that each have one definition: the apps of a deployment group, and of each app the tasks that were started with
 * other health checks than those of now. The part whose definition leads comes first: the one that was deployed first, and of one app
 * the oldest. Returns the app alone if there are no parts.
 */
export function appSides(app: Workload): readonly Workload[] {
  if (app.sides !== undefined) return app.sides.flatMap(byVersion);
  return app.former === undefined ? [app] : byVersion(app);
}

function byVersion(app: Workload): readonly Workload[] {
  if (app.former === undefined) return [app];
  const sides: Workload[] = [];
  let rest = app.tasks;
  for (const { version, healthChecks } of app.former) {
    if (areSameChecks(healthChecks, app.healthChecks)) continue;
    const isOfVersion = ({ formerVersion }: Task): boolean => formerVersion === version;
    const tasks = rest.filter(isOfVersion);
    if (tasks.length === 0) continue;
    rest = rest.filter((task) => !isOfVersion(task));
    sides.push({ ...app, healthChecks, tasks, unreadTasks: undefined });
  }
  return sides.length === 0 ? [app] : [...sides, { ...app, tasks: rest }];
}
