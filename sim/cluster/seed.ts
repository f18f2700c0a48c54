import type { AppInput } from '../definition/app-input.ts';
import { absolute } from './api-commands.ts';
import { complete } from '../definition/defaults.ts';
import { placeData } from './placement.ts';
import { assignServicePorts } from '../definition/service-ports.ts';
import { createInstance } from './transitions.ts';
import { nextVersion, storeApp, timestamp, type World } from './cluster.ts';

/** Puts apps into the world as if they had been running for long: no deployments, no events, their tasks only data. */
export function seedWorld(world: World, inputs: readonly AppInput[]): void {
  const version = nextVersion(world);
  for (const input of inputs) {
    const app = assignServicePorts(complete(input, absolute(input.id ?? ''), version, undefined), undefined, world.servicePorts);
    storeApp(world, app);
    for (let count = 0; count < app.instances; count += 1) {
      const instance = createInstance(world, app);
      const task = placeData(world, instance);
      const now = timestamp(world);
      instance.task = task;
      instance.condition = 'Running';
      task.state = 'TASK_RUNNING';
      task.startedAt = now;
      task.ipAddress = task.ownAddress;
      for (const index of (app.healthChecks ?? []).keys()) {
        task.health[index] = { alive: true, consecutiveFailures: 0, firstSuccess: now, lastSuccess: now };
      }
      instance.toldHealthy = true;
    }
  }
}
