/** Decides which tasks may serve, and which health check belongs to a service: as 1.15 does. */
import type { Lookup } from '../../lib/tracked-lookup.ts';
import type { App, HealthCheck, Task } from '../snapshot.ts';

const LEFT_OUT = new Set([
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN',
]);

/** Whether a task is to get traffic. With `healthCheck`, what counts as no result is a missing or an empty list: as it last was. */
export function mayServe(app: App, task: Task, settings: { readonly healthCheck: boolean }, last: Lookup<boolean>): boolean {
  if (!task.host) return false;
  if (task.state !== undefined && LEFT_OUT.has(task.state)) return false;
  if (!settings.healthCheck || !hasHealthChecks(app)) return true;
  return isAlive(task) ?? last.get(task.id) ?? false;
}

/** Whether any result of a task says that it is alive; undefined: there is no result. */
export function isAlive(task: Task): boolean | undefined {
  const results = task.healthCheckResults;
  if (!results || results.length === 0) return undefined;
  return results.some((result) => result.alive === true);
}

export function hasHealthChecks(app: App): boolean {
  return (app.healthChecks?.length ?? 0) > 0;
}

/** The health check of service `index`: the first that has a port of its own or names this index. */
export function healthCheckOf(app: App, index: number): HealthCheck | undefined {
  return app.healthChecks?.find((check) => check.port !== undefined || check.portIndex === index);
}
