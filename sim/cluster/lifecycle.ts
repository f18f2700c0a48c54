/** The life of instances: launch, kill, crash, relaunch; in Marathon's order. */
import type { AppDefinition } from '../definition/app-definition.ts';
import { instanceChanged } from './events.ts';
import { startChecks } from './health-checks.ts';
import type { Instance, Task } from './instance.ts';
import { place } from './placement.ts';
import { createInstance, forget, rememberFailure, setCondition, setState } from './transitions.ts';
import { EVERY_APP, background, scaled, spawn, until, type World } from './cluster.ts';

/** Makes an instance of `app` and starts it. */
export function launch(world: World, app: AppDefinition): Instance {
  const instance = createInstance(world, app);
  setCondition(world, instance, 'Scheduled');
  spawn(world, instance.life.signal, () => start(world, instance, 0));
  return instance;
}

/** Kills an instance for good: its goal changes, then its task dies. */
export function decommission(world: World, instance: Instance): void {
  if (instance.goal === 'Decommissioned') return;
  instance.goal = 'Decommissioned';
  instanceChanged(world, instance);
  kill(world, instance);
}

/**
 * Kills the task of an instance: TASK_KILLING, then (the task still serves while it ends) TASK_KILLED. Where the goal stays
 * Running a new task follows. Does nothing to what dies already.
 */
export function kill(world: World, instance: Instance): void {
  if (world.dying.has(instance)) return;
  const { clock, delays, taskKilling } = world.settings;
  const { task } = instance;
  if (!task || instance.condition === 'Scheduled') {
    if (instance.goal === 'Running') return;
    instance.life.abort(new Error('killed'));
    instanceChanged(world, instance, 'Killed');
    return forget(world, instance);
  }
  world.dying.add(instance);
  instance.life.abort(new Error('killed'));
  spawn(world, world.signal, async () => {
    await clock.sleep(delays.kill, world.signal);
    if (taskKilling) {
      setState(world, task, 'TASK_KILLING');
      setCondition(world, instance, 'Killing');
    }
    await clock.sleep(task.server?.behaviour.stopMs ?? delays.stop, world.signal);
    world.dying.delete(instance);
    await ended(world, task, 'TASK_KILLED', 'Container exited with status 143');
  });
}

/** The process of a task ends by itself; a status other than 0 is a failure. */
export function exit(world: World, task: Task, code: number): void {
  const { instance } = task;
  if (instance.task !== task || world.dying.has(instance) || instance.condition === 'Scheduled') return;
  const message = `Command exited with status ${code}`;
  spawn(world, world.signal, () => ended(world, task, code === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message));
}

async function start(world: World, instance: Instance, backoffMs: number): Promise<void> {
  const { clock, delays } = world.settings;
  const { signal } = instance.life;
  await clock.sleep(backoffMs + delays.offer, signal);
  await until(world, EVERY_APP, () => !world.offersStopped, signal);
  let task: Task;
  try {
    task = await place(world, instance);
  } catch (error) {
    rememberFailure(world, instance, 'TASK_ERROR', error instanceof Error ? error.message : String(error));
    return start(world, instance, scaled(world, Math.max(1, instance.app.backoffSeconds)));
  }
  if (signal.aborted) return task.server?.close();
  const { server } = task;
  instance.task = task;
  setCondition(world, instance, 'Provisioned');
  await clock.sleep(delays.executor, signal);
  setState(world, task, 'TASK_STARTING');
  setCondition(world, instance, 'Starting');
  await clock.sleep(delays.startup, signal);
  server?.open(server.behaviour.startupMs);
  setState(world, task, 'TASK_RUNNING');
  setCondition(world, instance, 'Running');
  startChecks(world, task, {
    kill: () => kill(world, instance),
    fail: (message) => spawn(world, world.signal, () => ended(world, task, 'TASK_FAILED', message)),
  });
  if (!server) return;
  server.onExit = (code) => exit(world, task, code);
  const { crashMs } = server.behaviour;
  if (crashMs === undefined) return;
  background(world, signal, async () => {
    await clock.sleep(crashMs, signal);
    exit(world, task, 1);
  });
}

/**
 * A task ended. Where the instance is to go on it is started again, after the back-off when it failed (the same instance
 * with the next incarnation; 1.4: a new instance); else it is gone.
 */
async function ended(
  world: World,
  task: Task,
  state: 'TASK_KILLED' | 'TASK_FAILED' | 'TASK_FINISHED',
  message: string,
): Promise<void> {
  const { instance } = task;
  instance.life.abort(new Error('the task ended'));
  await task.server?.close();
  setState(world, task, state, message);
  setCondition(world, instance, state === 'TASK_KILLED' ? 'Killed' : state === 'TASK_FAILED' ? 'Failed' : 'Finished');
  if (state === 'TASK_FAILED') rememberFailure(world, instance, state, message);
  const record = world.apps.get(instance.appId);
  if (instance.goal === 'Decommissioned' || !record) return forget(world, instance);

  record.failures = state === 'TASK_FAILED' ? record.failures + 1 : 0;
  const { backoffSeconds, backoffFactor, maxLaunchDelaySeconds } = instance.app;
  const delay =
    record.failures === 0 ? 0 : Math.min(backoffSeconds * backoffFactor ** (record.failures - 1), maxLaunchDelaySeconds);
  let next = instance;
  if (world.settings.profile === '1.4') {
    forget(world, instance);
    next = createInstance(world, instance.app);
  } else {
    instance.life = new AbortController();
    instance.incarnation += 1;
    delete instance.ready;
    delete instance.toldHealthy;
  }
  setCondition(world, next, 'Scheduled');
  spawn(world, next.life.signal, () => start(world, next, scaled(world, delay)));
}
