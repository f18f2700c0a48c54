/** The small changes of which the life of an instance is made: each changes the state and tells it in one go. */
import type { AppDefinition } from '../definition/app-definition.ts';
import { instanceChanged, statusUpdate } from './events.ts';
import type { Condition, Instance, Task, TaskState } from './instance.ts';
import { safePath } from './placement.ts';
import { instancesOf, timestamp, touch, type World } from './cluster.ts';

/** An instance in its first state, known to the world, nothing told yet. */
export function createInstance(world: World, app: AppDefinition): Instance {
  const uuid = world.settings.dice.uuid();
  const kind = world.settings.profile === '1.4' ? 'marathon' : 'instance';
  const serial = (world.serials += 1);
  const id = `${safePath(app.id)}.${kind}-${uuid}`;
  const life = new AbortController();
  const instance: Instance = {
    id,
    uuid,
    appId: app.id,
    app,
    goal: 'Running',
    condition: 'Scheduled',
    incarnation: 1,
    serial,
    life,
  };
  const siblings = world.instances.get(app.id) ?? new Map<string, Instance>();
  siblings.set(uuid, instance);
  world.instances.set(app.id, siblings);
  touch(world, app.id);
  return instance;
}

/** The instance is gone: no read shows it any more. */
export function forget(world: World, instance: Instance): void {
  world.instances.get(instance.appId)?.delete(instance.uuid);
  if (instancesOf(world, instance.appId).length === 0) world.instances.delete(instance.appId);
  touch(world, instance.appId);
}

/** Changes the condition. 1.4 knows no Scheduled and calls Provisioned Staging. */
export function setCondition(world: World, instance: Instance, condition: Condition): void {
  instance.condition = condition;
  touch(world, instance.appId);
  if (world.settings.profile !== '1.4') instanceChanged(world, instance);
  else if (condition !== 'Scheduled') instanceChanged(world, instance, condition === 'Provisioned' ? 'Staging' : condition);
}

/** Changes the state of a task. */
export function setState(world: World, task: Task, state: TaskState, message = ''): void {
  task.state = state;
  task.ipAddress = task.ownAddress;
  if (state === 'TASK_RUNNING') task.startedAt ??= timestamp(world);
  touch(world, task.instance.appId);
  statusUpdate(world, task, state, message);
}

/** Keeps what `lastTaskFailure` shows. */
export function rememberFailure(world: World, instance: Instance, state: TaskState | 'TASK_ERROR', message: string): void {
  const record = world.apps.get(instance.appId);
  if (!record) return;
  const { appId, app, task } = instance;
  const where = task ? { host: task.host, taskId: task.id, slaveId: task.slaveId } : {};
  record.lastTaskFailure = { appId, message, state, timestamp: timestamp(world), version: app.version, ...where };
  touch(world, appId);
}
