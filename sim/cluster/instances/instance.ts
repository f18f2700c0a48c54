import type { AppDefinition } from '../../definition/app-definition.ts';
import type { TaskServer } from '../../tasks/task-server.ts';

/** What Marathon keeps of a task over its relaunches. */
export interface Instance {
  /** `shop_web.instance-<uuid>` (1.4: `shop_web.marathon-<uuid>`): in events and health results. */
  readonly id: string;
  readonly uuid: string;
  readonly appId: string;
  /** The definition it runs; changes never, a changed app gets other instances. */
  readonly app: AppDefinition;
  goal: 'Running' | 'Decommissioned';
  condition: Condition;
  incarnation: number;
  /** Order of creation, for the choice of victims. */
  readonly serial: number;
  /** Absent until the first offer; stays, dead, until the relaunch. */
  task?: Task;
  ready?: { ready: boolean; lastResponse?: { status: number; contentType: string; body: string } };
  /** The last value that an instance_health_changed_event told. */
  publishedHealth?: boolean | null;
  /** Ends what is under way for it: launch, checks. */
  life: AbortController;
}

export type Condition =
  | 'Scheduled'
  | 'Provisioned'
  | 'Staging'
  | 'Starting'
  | 'Running'
  | 'Killing'
  | 'Killed'
  | 'Failed'
  | 'Finished'
  | 'Unreachable';

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_FAILED'
  | 'TASK_FINISHED'
  | 'TASK_KILLED'
  | 'TASK_UNREACHABLE';

export interface Task {
  readonly id: string;
  readonly instance: Instance;
  readonly host: string;
  readonly slaveId: string;
  /** Host ports, in the order of the app's ports that have one. */
  readonly ports: readonly number[];
  /** Known from the first status on. */
  ipAddress?: string;
  /** The address it gets; told with the first status. */
  readonly ownAddress: string;
  state: TaskState;
  readonly stagedAt: string;
  startedAt?: string;
  /** By index of the app's health checks; undefined: never checked. */
  readonly health: (Health | undefined)[];
  /** Absent where tasks are only data. */
  readonly server?: TaskServer;
}

/** Of one health check. No time at all: it fails inside the grace period. */
export interface Health {
  alive: boolean;
  consecutiveFailures: number;
  firstSuccess?: string;
  lastSuccess?: string;
  lastFailure?: string;
  lastFailureCause?: string;
}

const ACTIVE: ReadonlySet<TaskState> = new Set([
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_UNREACHABLE',
]);

/** Not dead: Marathon shows ports, times and version of such tasks only. */
export function isActive(task: Task): boolean {
  return ACTIVE.has(task.state);
}

/** The sum over all checks, as instance_health_changed_event tells it: null = some check has no result yet, none dead for sure. */
export function healthOf(instance: Instance): boolean | null {
  const results = instance.task?.health ?? [];
  if (results.length > 0 && results.every((result) => result?.alive)) return true;
  return results.some((result) => result === undefined) ? null : false;
}

/** Returns whether it counts for a deployment: it runs, is healthy if there are checks, and is ready if there is a readiness check. */
export function isReady(instance: Instance): boolean {
  if (instance.goal !== 'Running' || instance.condition !== 'Running') return false;
  if (instance.app.healthChecks && healthOf(instance) !== true) return false;
  return !instance.app.readinessChecks || instance.ready?.ready === true;
}
