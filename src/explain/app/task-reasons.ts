/** Why a task gets no traffic: the rules of `model/tasks/health` and `model/tasks/servers` in words, the first that holds counts. */
import type { ModelSettings } from '../../config/settings.ts';
import { hasHealthChecks, isAlive, mayServe } from '../../model/tasks/health.ts';
import { networkMode, taskAddress, taskPorts } from '../../model/tasks/network.ts';
import type { App, Snapshot, Task } from '../../model/snapshot.ts';

interface Case {
  readonly app: App;
  readonly task: Task;
  /** Index of the service port. */
  readonly index: number;
  readonly snapshot: Pick<Snapshot, 'addresses' | 'health'>;
  readonly settings: Pick<ModelSettings, 'healthCheck'>;
}

interface Row {
  /** What is counted: `2 of 3 failing`. */
  readonly short: string;
  readonly holds: (one: Case) => boolean;
}

const rows: readonly Row[] = [
  { short: 'without a host yet', holds: ({ task }) => !task.host },
  { short: 'failing', holds: ({ app, task, settings }) => looksAtHealth(app, settings) && isAlive(task) === false },
  {
    short: 'without a health result yet',
    holds: ({ app, task, settings, snapshot }) =>
      looksAtHealth(app, settings) && isAlive(task) === undefined && snapshot.health.get(task.id) !== true,
  },
  { short: 'not running', holds: ({ app, task, settings, snapshot }) => !mayServe(app, task, settings, snapshot.health) },
  {
    short: 'without an address (its host does not resolve, or it has no IP address yet)',
    holds: ({ app, task, snapshot }) => taskAddress(networkMode(app), task, snapshot.addresses) === undefined,
  },
  { short: 'without that many ports', holds: ({ app, task, index }) => taskPorts(app, networkMode(app), task).length <= index },
];

/** Returns undefined if it gets traffic. */
export function taskReason(one: Case): string | undefined {
  const reason = rows.find(({ holds }) => holds(one))?.short;
  if (reason === undefined) return undefined;
  const { state } = one.task;
  return state === undefined || state === 'TASK_RUNNING' ? reason : `${reason} (${state})`;
}

/** All tasks of an app that get no traffic, counted by reason: `2 of 3 failing, 1 of 3 not running (TASK_KILLING)`; empty: all do. */
export function tasksReason(all: Omit<Case, 'task'>): string {
  const { tasks } = all.app;
  const counts = new Map<string, number>();
  for (const task of tasks) {
    const reason = taskReason({ ...all, task });
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${count} of ${tasks.length} ${reason}`).join(', ');
}

function looksAtHealth(app: App, { healthCheck }: Case['settings']): boolean {
  return healthCheck && hasHealthChecks(app);
}
