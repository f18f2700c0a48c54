import type { TaskState, Workload } from '../../src/model/workload.ts';

/** A workload in the network of its hosts; what a test does not name is empty. */
export function workload({ servicePorts = [], ...more }: Partial<Workload> & Pick<Workload, 'id'>): Workload {
  return { labels: {}, network: 'host', servicePorts, taskPorts: servicePorts, tasks: [], ...more };
}

export const STAGING: TaskState = { name: 'TASK_STAGING', mayServe: false, isEnding: false };
export const KILLING: TaskState = { name: 'TASK_KILLING', mayServe: false, isEnding: true };
