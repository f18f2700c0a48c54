/** Decides which tasks may serve, and which health check belongs to a service: as 1.15 does. */
import type { Lookup } from '../../lib/tracked-lookup.ts';
import type { HealthCheck, Task, Workload } from '../workload.ts';

/** Why a task gets no traffic, even with an address and ports. */
export type Idleness = 'without-host' | 'failing' | 'without-result' | 'not-running';

/** Returns undefined if a task is to get traffic. With `healthCheck`, a task without a result stands as it last did. */
export function whyIdle(
  app: Workload,
  task: Task,
  settings: { readonly healthCheck: boolean },
  last: Lookup<boolean>,
): Idleness | undefined {
  if (!task.host) return 'without-host';
  if (settings.healthCheck && hasHealthChecks(app)) {
    if (task.alive === false) return 'failing';
    if (task.alive === undefined && last.get(task.id) !== true) return 'without-result';
  }
  return task.state?.mayServe === false ? 'not-running' : undefined;
}

export function hasHealthChecks(app: Workload): boolean {
  return (app.healthChecks?.length ?? 0) > 0;
}

/** Returns the health check of service `index`: the first one with its own port or with this index. */
export function healthCheckOf(app: Workload, index: number): HealthCheck | undefined {
  return app.healthChecks?.find((check) => check.port !== undefined || check.portIndex === index);
}
