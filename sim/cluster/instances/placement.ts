import { networkMode, portsOf } from '../../definition/app-definition.ts';
import { behaviourOf } from '../../tasks/behaviour.ts';
import type { Instance, Task } from './instance.ts';
import { startTaskServer, type Address } from '../../tasks/task-server.ts';
import { timestamp, type Cluster } from '../cluster.ts';

/** First and last port that an agent offers. */
const AGENT_PORTS = { first: 31_000, last: 32_000 };
/** Random ports that are tried before any port of the machine is taken. */
const TRIES = 8;
/** So many agents there are where tasks are only data. */
const DATA_AGENTS = 200;

/**
 * Puts a task on an agent: the agents in turn, host ports from 31000–32000 (the service ports with `requirePorts`), its server
 * started where tasks are real. On a container network it gets a loopback address of its own and listens on its container ports.
 */
export async function place(cluster: Cluster, instance: Instance): Promise<Task> {
  const { agents, tasks } = cluster.settings;
  if (tasks === 'none') return placeData(cluster, instance);
  const { app } = instance;
  const index = instance.serial % agents.length;
  const task = taskOn(cluster, instance, { host: agents[index] ?? '127.0.0.1', index });
  const wanted = portsOf(app).map((port): Address & { hosted: boolean } => {
    if (port.hostPort === undefined) return { hosted: false, host: task.ownAddress, ports: [port.containerPort ?? 0] };
    const isFixed = app.requirePorts && networkMode(app) === 'host';
    const fixed = port.hostPort > 0 ? port.hostPort : isFixed ? port.servicePort : undefined;
    return { hosted: true, host: task.host, ports: fixed === undefined ? somePorts(cluster) : [fixed] };
  });
  const server = await startTaskServer({ app: app.id, task: task.id, version: app.version }, behaviourOf(app), wanted);
  return { ...task, ports: server.ports.filter((_port, index) => wanted[index]?.hosted), server };
}

/** Puts a task that is only data on one of many agents. */
export function placeData(cluster: Cluster, instance: Instance): Task {
  const ports = portsOf(instance.app);
  const index = instance.serial % DATA_AGENTS;
  const task = taskOn(cluster, instance, { host: `10.0.${index >> 6}.${(index & 63) + 1}`, index });
  const first = AGENT_PORTS.first + Math.floor(instance.serial / DATA_AGENTS) * Math.max(1, ports.length);
  return { ...task, ports: ports.flatMap((port, at) => (port.hostPort === undefined ? [] : [first + at])) };
}

/** A task without ports. */
function taskOn(cluster: Cluster, instance: Instance, agent: { host: string; index: number }): Task {
  const { app, serial } = instance;
  const mode = networkMode(app);
  const half = mode === 'container' ? '127.9' : '172.17';
  return {
    id: taskIdOf(cluster, instance),
    instance,
    host: agent.host,
    slaveId: `28b00233-9022-4f32-a250-02bd9c669185-S${agent.index + 1}`,
    ownAddress: mode === 'host' ? agent.host : `${half}.${(serial >> 8) & 255}.${serial & 255 || 1}`,
    state: 'TASK_STAGING',
    stagedAt: timestamp(cluster),
    ports: [],
    health: Array.from({ length: app.healthChecks?.length ?? 0 }, () => undefined),
  };
}

/** Returns address and port that a health check of a task asks; undefined if the port does not exist. */
export function checkAddress(
  task: Task,
  check: { port?: number; portIndex?: number | string },
): { host: string; port: number } | undefined {
  if (check.port !== undefined) return { host: task.host, port: check.port };
  const ports = portsOf(task.instance.app);
  const index =
    typeof check.portIndex === 'string' ? ports.findIndex((port) => port.name === check.portIndex) : (check.portIndex ?? 0);
  const wanted = ports[index];
  if (!wanted) return undefined;
  if (wanted.hostPort === undefined) return { host: task.ownAddress, port: wanted.containerPort ?? 0 };
  const port = task.ports[ports.slice(0, index).filter((other) => other.hostPort !== undefined).length];
  return port === undefined ? undefined : { host: task.host, port };
}

/** `shop_web` of `/shop/web`. */
export function safePath(appId: string): string {
  return appId.slice(1).replaceAll('/', '_');
}

function taskIdOf(cluster: Cluster, instance: Instance): string {
  const name = safePath(instance.appId);
  if (cluster.settings.profile === '1.4') return `${name}.${instance.uuid}`;
  return `${name}.instance-${instance.uuid}._app.${instance.incarnation}`;
}

function somePorts(cluster: Cluster): number[] {
  const { first, last } = AGENT_PORTS;
  const ports = Array.from({ length: TRIES }, () => first + Math.floor(cluster.settings.random.next() * (last - first + 1)));
  return [...ports, 0];
}
