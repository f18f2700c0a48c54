/** Builders of events with the fields and their order of `canon-events-1.11.json`; each publishes at once. */
import type { AppDefinition, HealthCheck } from '../definition/app-definition.ts';
import type { Deployment } from './deployments/deployment.ts';
import type { Condition, Instance, Task, TaskState } from './instances/instance.ts';
import { timestamp, type Cluster } from './cluster.ts';

/** Publishes an event; its last fields are type and time. */
export function emit(cluster: Cluster, eventType: string, fields: object): void {
  cluster.hub.publish({ ...fields, eventType, timestamp: timestamp(cluster) });
}

/** A status from Mesos for a task. */
export function statusUpdate(cluster: Cluster, task: Task, taskStatus: TaskState, message = ''): void {
  emit(cluster, 'status_update_event', {
    slaveId: task.slaveId,
    taskId: task.id,
    taskStatus,
    message,
    appId: task.instance.appId,
    host: task.host,
    ipAddresses: [{ ipAddress: task.ownAddress, protocol: 'IPv4' }],
    ports: task.ports,
    version: task.instance.app.version,
  });
}

/** The condition of an instance changed, or (with the same condition again) its goal. */
export function instanceChanged(cluster: Cluster, instance: Instance, condition: Condition = instance.condition): void {
  emit(cluster, 'instance_changed_event', {
    instanceId: instance.id,
    condition,
    runSpecId: instance.appId,
    agentId: instance.task?.slaveId ?? null,
    host: instance.task?.host ?? null,
    runSpecVersion: instance.app.version,
  });
}

/** One check of an instance flipped. */
export function healthStatusChanged(cluster: Cluster, instance: Instance, alive: boolean): void {
  emit(cluster, 'health_status_changed_event', {
    appId: instance.appId,
    instanceId: instance.id,
    version: instance.app.version,
    alive,
  });
}

/** The sum of the checks of an instance changed. */
export function instanceHealthChanged(cluster: Cluster, instance: Instance, healthy: boolean | null): void {
  emit(cluster, 'instance_health_changed_event', {
    instanceId: instance.id,
    runSpecId: instance.appId,
    healthy,
    runSpecVersion: instance.app.version,
  });
}

/** A failure outside the grace period. The key of the instance differs by version. */
export function failedHealthCheck(cluster: Cluster, instance: Instance, healthCheck: HealthCheck): void {
  const key = cluster.settings.profile === '1.4' ? 'instanceId' : 'taskId';
  emit(cluster, 'failed_health_check_event', { appId: instance.appId, healthCheck, [key]: instance.id });
}

/** A kill for failed checks was ordered. */
export function unhealthyKill(cluster: Cluster, task: Task, reason: string): void {
  const { instance } = task;
  emit(cluster, 'unhealthy_instance_kill_event', {
    appId: instance.appId,
    taskId: task.id,
    instanceId: instance.id,
    version: instance.app.version,
    reason,
    host: task.host,
    slaveId: task.slaveId,
  });
}

/** A definition was written through `/v2/apps`. */
export function apiPost(cluster: Cluster, clientIp: string, uri: string, appDefinition: object): void {
  emit(cluster, 'api_post_event', { clientIp, uri, appDefinition });
}

/** Once per check when a deployment first touches a version. */
export function addHealthChecks(cluster: Cluster, app: AppDefinition): void {
  for (const healthCheck of app.healthChecks ?? []) {
    emit(cluster, 'add_health_check_event', { appId: app.id, healthCheck, version: app.version });
  }
}

/** `deployment_info`, `deployment_step_success` (with the step), `deployment_success`, `deployment_failed` (with the id). */
export function deploymentEvent(
  cluster: Cluster,
  type: 'deployment_info' | 'deployment_step_success' | 'deployment_success' | 'deployment_failed',
  deployment: Deployment,
  reason?: string,
): void {
  const plan = { id: deployment.id, steps: deployment.steps, version: shortTime(deployment.version) };
  const ended = type === 'deployment_success' || type === 'deployment_failed';
  emit(cluster, type, {
    ...(ended ? { id: deployment.id, plan } : { plan, currentStep: deployment.steps[deployment.currentStep - 1] }),
    ...(reason === undefined ? {} : { reason }),
  });
}

/** Plans are written without trailing zeros of the fraction: `2020-11-03T10:00:00Z`. */
function shortTime(version: string): string {
  return version.replace(/\.?0*Z$/, 'Z');
}
