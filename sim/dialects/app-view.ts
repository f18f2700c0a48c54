import type { Embed } from './embed.ts';
import type { Task } from '../cluster/instances/instance.ts';
import { instancesOf, type AppRecord, type Cluster } from '../cluster/cluster.ts';
import { writeApp } from './write-app.ts';
import { writeTask } from './write-task.ts';

const written = new WeakMap<AppRecord, { revision: number; byEmbed: Map<string, string> }>();

/** An app as reads show it, as JSON text; kept until something about it changes, so that a list of 10,000 costs little. */
export function readApp(cluster: Cluster, record: AppRecord, embed: Embed): string {
  let kept = written.get(record);
  if (kept?.revision !== record.revision) {
    kept = { revision: record.revision, byEmbed: new Map() };
    written.set(record, kept);
  }
  const key = [...embed].sort().join();
  const text = kept.byEmbed.get(key) ?? JSON.stringify(appObject(cluster, record, embed));
  kept.byEmbed.set(key, text);
  return text;
}

/** The tasks of an app that reads show: those that wait for their first offer are not there yet. */
export function tasksOf(cluster: Cluster, appId: string): Task[] {
  return instancesOf(cluster, appId).flatMap(({ task }) => (task ? [task] : []));
}

function appObject(cluster: Cluster, record: AppRecord, embed: Embed): object {
  const { definition, lastTaskFailure } = record;
  const tasks = tasksOf(cluster, definition.id);
  const deployments = [...cluster.deployments.values()]
    .filter(({ changes }) => changes.has(definition.id))
    .map(({ id }) => ({ id }));
  const info = { ...(embed.has('counts') ? counts(tasks) : {}), ...(embed.has('deployments') ? { deployments } : {}) };
  return {
    ...writeApp(cluster, definition, { info, versionInfo: true }),
    ...(embed.has('tasks') ? { tasks: tasks.map((task) => writeTask(cluster, task)) } : {}),
    ...(embed.has('readiness') ? { readinessCheckResults: readinessResults(cluster, definition.id) } : {}),
    ...(embed.has('lastTaskFailure') && lastTaskFailure ? { lastTaskFailure } : {}),
  };
}

function counts(tasks: readonly Task[]): object {
  const results = tasks
    .filter((task) => task.state === 'TASK_RUNNING')
    .map(({ health }) => health.filter((result) => result !== undefined));
  return {
    tasksStaged: tasks.filter((task) => task.state === 'TASK_STAGING').length,
    tasksRunning: results.length,
    tasksHealthy: results.filter((health) => health.length > 0 && health.every((result) => result.alive)).length,
    tasksUnhealthy: results.filter((health) => health.some((result) => !result.alive)).length,
  };
}

/** Of the instances that a deployment asked. */
export function readinessResults(cluster: Cluster, appId: string): object[] {
  return instancesOf(cluster, appId).flatMap(({ app, task, ready }) =>
    ready && task ? [{ name: app.readinessChecks?.[0]?.name, taskId: task.id, ...ready }] : [],
  );
}
