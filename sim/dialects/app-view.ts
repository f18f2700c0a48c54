import type { Embed } from './embed.ts';
import type { Task } from '../cluster/instance.ts';
import { instancesOf, type AppRecord, type World } from '../cluster/cluster.ts';
import { writeApp } from './write-app.ts';
import { writeTask } from './write-task.ts';

const written = new WeakMap<AppRecord, { revision: number; byEmbed: Map<string, string> }>();

/** An app as reads show it, as JSON text; kept until something about it changes, so that a list of 10,000 costs little. */
export function readApp(world: World, record: AppRecord, embed: Embed): string {
  let kept = written.get(record);
  if (kept?.revision !== record.revision) {
    kept = { revision: record.revision, byEmbed: new Map() };
    written.set(record, kept);
  }
  const key = [...embed].sort().join();
  const text = kept.byEmbed.get(key) ?? JSON.stringify(appObject(world, record, embed));
  kept.byEmbed.set(key, text);
  return text;
}

/** The tasks of an app that reads show: those that wait for their first offer are not there yet. */
export function tasksOf(world: World, appId: string): Task[] {
  return instancesOf(world, appId).flatMap(({ task }) => (task ? [task] : []));
}

function appObject(world: World, record: AppRecord, embed: Embed): object {
  const { definition, lastTaskFailure } = record;
  const tasks = tasksOf(world, definition.id);
  const deployments = [...world.deployments.values()]
    .filter(({ changes }) => changes.has(definition.id))
    .map(({ id }) => ({ id }));
  const info = { ...(embed.has('counts') ? counts(tasks) : {}), ...(embed.has('deployments') ? { deployments } : {}) };
  return {
    ...writeApp(world, definition, { info, versionInfo: true }),
    ...(embed.has('tasks') ? { tasks: tasks.map((task) => writeTask(world, task)) } : {}),
    ...(embed.has('readiness') ? { readinessCheckResults: readinessResults(world, definition.id) } : {}),
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
export function readinessResults(world: World, appId: string): object[] {
  return instancesOf(world, appId).flatMap(({ app, task, ready }) =>
    ready && task ? [{ name: app.readinessChecks?.[0]?.name, taskId: task.id, ...ready }] : [],
  );
}
