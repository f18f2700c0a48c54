import { findTasks } from './cluster/api-commands.ts';
import { emit } from './cluster/events.ts';
import type { SimEvent } from './cluster/event-hub.ts';
import type { Fault, Faults, StreamFault } from './http/faults.ts';
import { recordResult } from './cluster/health/health-checks.ts';
import type { Task } from './cluster/instances/instance.ts';
import { loseLeader, type LeaderLoss } from './http/leader.ts';
import { exit, kill } from './cluster/instances/lifecycle.ts';
import { tasksOf } from './dialects/app-view.ts';
import { setCondition, setState } from './cluster/instances/transitions.ts';
import { EVERY_APP, touch, until, type Cluster } from './cluster/cluster.ts';

/** What can be done to a simulated cluster behind Marathon's back. */
export interface SimControls {
  /** All that was published, oldest first (the last 20,000 at least). */
  readonly events: readonly SimEvent[];
  /** The tasks that reads show, of one app or of all. */
  tasks(appId?: string): Task[];
  /** Sends an event that nothing caused: of an unknown type, of 2 MB, twice. The time is added. */
  publish(event: { eventType: string; [field: string]: unknown }): void;
  setFault(fault: Fault): void;
  setStreamFault(fault: StreamFault): void;
  clearFaults(): void;
  closeStreams(): void;
  loseLeader(loss?: LeaderLoss): void;
  /** false: no offers come, what is to start hangs. */
  setOffers(on: boolean): void;
  /** The process of a task ends with this status. */
  crash(taskId: string, code?: number): void;
  /** The health paths of a real task answer 200 or 503 from now on; a task that is only data gets one such result at once. */
  setHealth(taskId: string, ok: boolean): void;
  /** The agent of the task is cut off from Mesos, or is back. The task itself goes on. */
  setUnreachable(taskId: string, on: boolean): void;
  /** Waits until no deployment, launch or kill is under way. */
  idle(signal?: AbortSignal): Promise<void>;
  /** Waits until something holds, looking whenever anything changes. */
  until(predicate: () => boolean, signal?: AbortSignal): Promise<void>;
}

/** The controls of a cluster. Unknown task ids are errors. */
export function createControls(cluster: Cluster, faults: Faults): SimControls {
  const find = (taskId: string): Task => {
    const [task] = findTasks(cluster, [taskId], cluster.instances.keys());
    if (!task) throw new Error(`no task '${taskId}' here: see GET /_sim/tasks`);
    return task;
  };
  return {
    events: cluster.hub.log,
    tasks: (appId) =>
      appId === undefined ? [...cluster.apps.keys()].flatMap((id) => tasksOf(cluster, id)) : tasksOf(cluster, appId),
    publish: ({ eventType, ...fields }) => emit(cluster, eventType, fields),
    setFault: (fault) => faults.pending.push({ fault, left: fault.times ?? 1 }),
    setStreamFault: (fault) => {
      faults.stream = fault;
    },
    clearFaults: () => {
      faults.pending.length = 0;
      faults.stream = {};
    },
    closeStreams: () => {
      for (const subscriber of cluster.hub.subscribers) subscriber.close();
    },
    loseLeader: (loss) => loseLeader(cluster, loss),
    setOffers: (on) => {
      cluster.offersStopped = !on;
      touch(cluster, EVERY_APP);
    },
    crash: (taskId, code = 1) => exit(cluster, find(taskId), code),
    setHealth: (taskId, ok) => {
      const task = find(taskId);
      if (task.server) {
        task.server.behaviour.health = ok ? 'ok' : 'fail';
        return;
      }
      const actions = { kill: () => kill(cluster, task.instance), fail: () => exit(cluster, task, 1) };
      for (const [index, check] of (task.instance.app.healthChecks ?? []).entries()) {
        recordResult(cluster, task, index, check, ok ? undefined : '503 Service Unavailable', actions);
      }
    },
    setUnreachable: (taskId, on) => {
      const task = find(taskId);
      setState(cluster, task, on ? 'TASK_UNREACHABLE' : 'TASK_RUNNING');
      setCondition(cluster, task.instance, on ? 'Unreachable' : 'Running');
    },
    idle: (signal = cluster.signal) => until(cluster, EVERY_APP, () => cluster.busy === 0, signal),
    until: (predicate, signal = cluster.signal) => until(cluster, EVERY_APP, predicate, signal),
  };
}
