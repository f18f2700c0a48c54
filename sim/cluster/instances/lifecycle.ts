/** The life of instances: launch, kill, crash, relaunch; in Marathon's order. */
import type { AppDefinition } from '../../definition/app-definition.ts';
import { instanceChanged } from '../events.ts';
import { startChecks } from '../health/health-checks.ts';
import type { Instance, Task } from './instance.ts';
import { place } from './placement.ts';
import { createInstance, forget, rememberFailure, setCondition, setState } from './transitions.ts';
import { EVERY_APP, background, scaled, spawn, until, type Cluster } from '../cluster.ts';

/** Makes an instance of `app` and starts it. */
export function launch(cluster: Cluster, app: AppDefinition): Instance {
  const instance = createInstance(cluster, app);
  setCondition(cluster, instance, 'Scheduled');
  spawn(cluster, instance.life.signal, () => start(cluster, instance, 0));
  return instance;
}

/** Kills an instance for good: its goal changes, then its task dies. */
export function decommission(cluster: Cluster, instance: Instance): void {
  if (instance.goal === 'Decommissioned') return;
  instance.goal = 'Decommissioned';
  instanceChanged(cluster, instance);
  kill(cluster, instance);
}

/**
 * Kills the task of an instance: TASK_KILLING, then (the task still serves while it ends) TASK_KILLED. Where the goal stays
 * Running a new task follows. Does nothing to what dies already.
 */
export function kill(cluster: Cluster, instance: Instance): void {
  if (cluster.dying.has(instance)) return;
  const { clock, delays, taskKilling } = cluster.settings;
  const { task } = instance;
  if (!task || instance.condition === 'Scheduled') {
    if (instance.goal === 'Running') return;
    instance.life.abort(new Error('killed'));
    instanceChanged(cluster, instance, 'Killed');
    return forget(cluster, instance);
  }
  cluster.dying.add(instance);
  instance.life.abort(new Error('killed'));
  spawn(cluster, cluster.signal, async () => {
    await clock.sleep(delays.kill, cluster.signal);
    if (taskKilling) {
      setState(cluster, task, 'TASK_KILLING');
      setCondition(cluster, instance, 'Killing');
    }
    await clock.sleep(task.server?.behaviour.stopMs ?? delays.stop, cluster.signal);
    cluster.dying.delete(instance);
    await ended(cluster, task, 'TASK_KILLED', 'Container exited with status 143');
  });
}

/** Ends a task as if its process had exited; a status other than 0 is a failure. */
export function exit(cluster: Cluster, task: Task, code: number): void {
  const { instance } = task;
  if (instance.task !== task || cluster.dying.has(instance) || instance.condition === 'Scheduled') return;
  const message = `Command exited with status ${code}`;
  spawn(cluster, cluster.signal, () => ended(cluster, task, code === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message));
}

async function start(cluster: Cluster, instance: Instance, backoffMs: number): Promise<void> {
  const { clock, delays } = cluster.settings;
  const { signal } = instance.life;
  await clock.sleep(backoffMs + delays.offer, signal);
  await until(cluster, EVERY_APP, () => !cluster.offersStopped, signal);
  let task: Task;
  try {
    task = await place(cluster, instance);
  } catch (error) {
    rememberFailure(cluster, instance, 'TASK_ERROR', error instanceof Error ? error.message : String(error));
    return start(cluster, instance, scaled(cluster, Math.max(1, instance.app.backoffSeconds)));
  }
  if (signal.aborted) return task.server?.close();
  const { server } = task;
  instance.task = task;
  setCondition(cluster, instance, 'Provisioned');
  await clock.sleep(delays.executor, signal);
  setState(cluster, task, 'TASK_STARTING');
  setCondition(cluster, instance, 'Starting');
  await clock.sleep(delays.startup, signal);
  server?.open(server.behaviour.startupMs);
  setState(cluster, task, 'TASK_RUNNING');
  setCondition(cluster, instance, 'Running');
  startChecks(cluster, task, {
    kill: () => kill(cluster, instance),
    fail: (message) => spawn(cluster, cluster.signal, () => ended(cluster, task, 'TASK_FAILED', message)),
  });
  if (!server) return;
  server.onExit = (code) => exit(cluster, task, code);
  const { crashMs } = server.behaviour;
  if (crashMs === undefined) return;
  background(cluster, signal, async () => {
    await clock.sleep(crashMs, signal);
    exit(cluster, task, 1);
  });
}

/**
 * A task ended. Where the instance is to go on it is started again, after the back-off when it failed (the same instance
 * with the next incarnation; 1.4: a new instance); else it is gone.
 */
async function ended(
  cluster: Cluster,
  task: Task,
  state: 'TASK_KILLED' | 'TASK_FAILED' | 'TASK_FINISHED',
  message: string,
): Promise<void> {
  const { instance } = task;
  instance.life.abort(new Error('the task ended'));
  await task.server?.close();
  setState(cluster, task, state, message);
  setCondition(cluster, instance, state === 'TASK_KILLED' ? 'Killed' : state === 'TASK_FAILED' ? 'Failed' : 'Finished');
  if (state === 'TASK_FAILED') rememberFailure(cluster, instance, state, message);
  const record = cluster.apps.get(instance.appId);
  if (instance.goal === 'Decommissioned' || !record) return forget(cluster, instance);

  record.failures = state === 'TASK_FAILED' ? record.failures + 1 : 0;
  const { backoffSeconds, backoffFactor, maxLaunchDelaySeconds } = instance.app;
  const delay =
    record.failures === 0 ? 0 : Math.min(backoffSeconds * backoffFactor ** (record.failures - 1), maxLaunchDelaySeconds);
  let next = instance;
  if (cluster.settings.profile === '1.4') {
    forget(cluster, instance);
    next = createInstance(cluster, instance.app);
  } else {
    instance.life = new AbortController();
    instance.incarnation += 1;
    delete instance.ready;
    delete instance.publishedHealth;
  }
  setCondition(cluster, next, 'Scheduled');
  spawn(cluster, next.life.signal, () => start(cluster, next, scaled(cluster, delay)));
}
