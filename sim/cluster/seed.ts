import type { AppInput } from '../definition/app-input.ts';
import { absolute } from './api-commands.ts';
import { complete } from '../definition/defaults.ts';
import { placeData } from './instances/placement.ts';
import { assignServicePorts } from '../definition/service-ports.ts';
import { createInstance } from './instances/transitions.ts';
import { nextVersion, storeApp, timestamp, type Cluster } from './cluster.ts';

/** Puts apps into the cluster as if they had been running for long: no deployments, no events, their tasks only data. */
export function seedCluster(cluster: Cluster, inputs: readonly AppInput[]): void {
  const version = nextVersion(cluster);
  for (const input of inputs) {
    const app = assignServicePorts(
      complete(input, absolute(input.id ?? ''), version, undefined),
      undefined,
      cluster.servicePorts,
    );
    storeApp(cluster, app);
    for (let count = 0; count < app.instances; count += 1) {
      const instance = createInstance(cluster, app);
      const task = placeData(cluster, instance);
      const now = timestamp(cluster);
      instance.task = task;
      instance.condition = 'Running';
      task.state = 'TASK_RUNNING';
      task.startedAt = now;
      task.ipAddress = task.ownAddress;
      for (const index of (app.healthChecks ?? []).keys()) {
        task.health[index] = { alive: true, consecutiveFailures: 0, firstSuccess: now, lastSuccess: now };
      }
      instance.publishedHealth = true;
    }
  }
}
