/** Why tasks get no traffic: what the model found, in words. */
import type { ModelSettings } from '../../config/settings.ts';
import { type IdleTask, serversOf } from '../../model/tasks/servers.ts';
import { taskPorts } from '../../model/tasks/network.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Workload } from '../../model/workload.ts';

const WORDS: Readonly<Record<IdleTask['why'], string>> = {
  'without-host': 'without a host yet',
  failing: 'failing',
  'without-result': 'without a health result yet',
  'not-running': 'not running',
  'without-address': 'without an address (its host does not resolve, or it has no IP address yet)',
  'without-ports': 'without that many ports',
};

/**
 * Returns the tasks of an app that get no traffic for service port `index`: how many, and counted by reason
 * (`2 of 3 failing, 1 of 3 not running (TASK_KILLING)`).
 */
export function idleTasks({
  app,
  index,
  snapshot,
  settings,
}: {
  readonly app: Workload;
  readonly index: number;
  readonly snapshot: Pick<Snapshot, 'addresses' | 'health'>;
  readonly settings: Pick<ModelSettings, 'healthCheck'>;
}): { readonly count: number; readonly text: string } {
  const { idle } = serversOf(app, index + 1, snapshot, new Set(), settings);
  const known = new Set(idle.map(({ task }) => task));
  const short = app.tasks.filter((task) => !known.has(task) && taskPorts(app, task).length <= index);
  const counts = new Map<string, number>();
  for (const { task, why } of [...idle, ...short.map((task) => ({ task, why: 'without-ports' as const }))]) {
    const reason = task.state === undefined ? WORDS[why] : `${WORDS[why]} (${task.state.name})`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const text = [...counts].map(([reason, count]) => `${count} of ${app.tasks.length} ${reason}`).join(', ');
  return { count: idle.length + short.length, text };
}
