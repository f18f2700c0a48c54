import { portsOf } from '../definition/app-definition.ts';
import { isActive, type Health, type Task } from '../cluster/instances/instance.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** A task as reads show it; `servicePorts` only in `/v2/tasks`. Dead tasks show neither ports nor times nor version. */
export function writeTask(cluster: Cluster, task: Task, withServicePorts = false): object {
  const { instance, host, id, slaveId, state, stagedAt, startedAt } = task;
  const { appId, app } = instance;
  const active = isActive(task);
  const ports = active ? task.ports : [];
  const servicePorts = withServicePorts ? portsOf(app).map((port) => port.servicePort) : [];
  const ipAddresses = task.ipAddress === undefined ? [] : [{ ipAddress: task.ipAddress, protocol: 'IPv4' }];
  const results = active ? task.health.filter((result) => result !== undefined) : [];

  if (cluster.settings.profile === '1.4') {
    return {
      ...(ipAddresses.length > 0 ? { ipAddresses } : {}),
      ...(active ? { stagedAt } : {}),
      state,
      ...(active ? { ports, startedAt: startedAt ?? null, version: app.version } : {}),
      id,
      appId,
      slaveId,
      host,
      ...(results.length > 0 ? { healthCheckResults: results.map((result) => oldResult(result, instance.id)) } : {}),
      ...(servicePorts.length > 0 ? { servicePorts } : {}),
    };
  }
  return {
    appId,
    healthCheckResults: results.map((result) => newResult(result, instance.id)),
    host,
    id,
    ipAddresses,
    ports,
    servicePorts,
    slaveId,
    state,
    ...(active ? { stagedAt, ...(startedAt === undefined ? {} : { startedAt }), version: app.version } : {}),
    localVolumes: [],
    region: 'sim-region',
    zone: 'sim-zone',
    role: app.role,
  };
}

const MOMENTS = ['firstSuccess', 'lastFailure', 'lastSuccess', 'lastFailureCause'] as const;

/** What has not happened yet is left out. */
function newResult(health: Health, instanceId: string): object {
  const { alive, consecutiveFailures } = health;
  const moments = MOMENTS.filter((name) => health[name] !== undefined).map((name) => [name, health[name]]);
  return { alive, consecutiveFailures, ...Object.fromEntries(moments), instanceId };
}

/** What has not happened yet is null. */
function oldResult(health: Health, instanceId: string): object {
  const { alive, consecutiveFailures } = health;
  const moments = MOMENTS.map((name) => [name, health[name] ?? null]);
  return { alive, consecutiveFailures, ...Object.fromEntries(moments), instanceId };
}
