/** The small changes of which the life of an instance is made: each changes the state and tells it in one go. */
import type { AppDefinition } from '../../definition/app-definition.ts';
import { instanceChanged, statusUpdate } from '../events.ts';
import type { Condition, Instance, Task, TaskState } from './instance.ts';
import { safePath } from './placement.ts';
import { instancesOf, timestamp, touch, type Cluster } from '../cluster.ts';

/** An instance in its first state, known to the cluster, nothing told yet. */
export function createInstance(cluster: Cluster, app: AppDefinition): Instance {
  const uuid = cluster.settings.random.uuid();
  const kind = cluster.settings.profile === '1.4' ? 'marathon' : 'instance';
  const serial = (cluster.serials += 1);
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
  const siblings = cluster.instances.get(app.id) ?? new Map<string, Instance>();
  siblings.set(uuid, instance);
  cluster.instances.set(app.id, siblings);
  touch(cluster, app.id);
  return instance;
}

/** The instance is gone: no read shows it any more. */
export function forget(cluster: Cluster, instance: Instance): void {
  cluster.instances.get(instance.appId)?.delete(instance.uuid);
  if (instancesOf(cluster, instance.appId).length === 0) cluster.instances.delete(instance.appId);
  touch(cluster, instance.appId);
}

/** Changes the condition. 1.4 knows no Scheduled and calls Provisioned Staging. */
export function setCondition(cluster: Cluster, instance: Instance, condition: Condition): void {
  instance.condition = condition;
  touch(cluster, instance.appId);
  if (cluster.settings.profile !== '1.4') instanceChanged(cluster, instance);
  else if (condition !== 'Scheduled') instanceChanged(cluster, instance, condition === 'Provisioned' ? 'Staging' : condition);
}

/** Changes the state of a task. */
export function setState(cluster: Cluster, task: Task, state: TaskState, message = ''): void {
  task.state = state;
  task.ipAddress = task.ownAddress;
  if (state === 'TASK_RUNNING') task.startedAt ??= timestamp(cluster);
  touch(cluster, task.instance.appId);
  statusUpdate(cluster, task, state, message);
}

/** Keeps what `lastTaskFailure` shows. */
export function rememberFailure(cluster: Cluster, instance: Instance, state: TaskState | 'TASK_ERROR', message: string): void {
  const record = cluster.apps.get(instance.appId);
  if (!record) return;
  const { appId, app, task } = instance;
  const where = task ? { host: task.host, taskId: task.id, slaveId: task.slaveId } : {};
  record.lastTaskFailure = { appId, message, state, timestamp: timestamp(cluster), version: app.version, ...where };
  touch(cluster, appId);
}
