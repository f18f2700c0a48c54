/** Makes servers of tasks, for each service port of an app. */
import { hash } from 'node:crypto';
import { type Idleness, whyIdle } from './health.ts';
import { taskAddress, taskPorts } from './network.ts';
import { serverName } from '../names.ts';
import type { Problem } from '../problem.ts';
import type { Lookup } from '../../lib/tracked-lookup.ts';
import type { Server } from '../service.ts';
import type { Task, Workload } from '../workload.ts';

export interface TaskServers {
  /** By index of the service port; each sorted by host, then port, a host and port once. */
  readonly byIndex: readonly (readonly Server[])[];
  readonly problems: readonly Problem[];
  /** Tasks that serve none of the service ports. */
  readonly idle: readonly IdleTask[];
}

export interface IdleTask {
  readonly task: Task;
  readonly why: Idleness | 'without-address' | 'without-ports';
}

/** The servers of the first `count` service ports: task ports and service ports are paired by position. */
export function serversOf(
  app: Workload,
  count: number,
  context: { readonly addresses: Lookup<string>; readonly health: Lookup<boolean> },
  draining: ReadonlySet<string>,
  settings: { readonly healthCheck: boolean },
): TaskServers {
  const byIndex: Server[][] = Array.from({ length: count }, () => []);
  const problems: Problem[] = [];
  const idle: IdleTask[] = [];
  for (const what of app.unreadTasks ?? []) {
    problems.push({ code: 'task-unreadable', app: app.id, detail: `${what}; it gets no traffic` });
  }
  for (const task of app.tasks) {
    const why = whyIdle(app, task, settings, context.health);
    if (why !== undefined) {
      idle.push({ task, why });
      continue;
    }
    const address = taskAddress(app, task, context.addresses);
    if (!address) {
      const where =
        app.network === 'container'
          ? 'has no IP address yet'
          : `runs on host ${JSON.stringify(task.host)}, which does not resolve`;
      problems.push({ code: 'task-without-address', app: app.id, detail: `task ${task.id} ${where}; it gets no traffic` });
      idle.push({ task, why: 'without-address' });
      continue;
    }
    const ports = taskPorts(app, task);
    if (ports.length === 0) {
      problems.push({ code: 'task-without-ports', app: app.id, detail: `task ${task.id} has no ports; it gets no traffic` });
      idle.push({ task, why: 'without-ports' });
      continue;
    }
    const pairs = Math.min(count, ports.length);
    for (let index = 0; index < pairs; index += 1) {
      (byIndex[index] as Server[]).push({
        taskId: task.id,
        host: address.host,
        ip: address.ip,
        port: ports[index] as number,
        draining: draining.size > 0 && draining.has(task.id),
      });
    }
  }
  return { byIndex: byIndex.map(sortServers), problems, idle };
}

/** Sorts by host, then port, and keeps a host and port once. */
export function sortServers(servers: Server[]): readonly Server[] {
  if (servers.length < 2) return servers;
  const sorted = servers.sort(byHostAndPort);
  const isRepeated = (server: Server, at: number): boolean => at > 0 && isSame(server, sorted[at - 1] as Server);
  return sorted.some(isRepeated) ? sorted.filter((server, at) => !isRepeated(server, at)) : sorted;
}

/** By host, then port; tasks that share both (container networks) by the digest of their names, so that the order is that of no read. */
function byHostAndPort(a: Server, b: Server): number {
  if (a.host !== b.host) return a.host < b.host ? -1 : 1;
  if (a.port !== b.port) return a.port - b.port;
  if (a.ip === b.ip) return a.taskId < b.taskId ? -1 : 1;
  return hash('sha256', serverName(a)) < hash('sha256', serverName(b)) ? -1 : 1;
}

function isSame(a: Server, b: Server): boolean {
  return a.host === b.host && a.port === b.port && a.ip === b.ip;
}
