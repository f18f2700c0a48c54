/** From what was read to what is served. */
import type { ModelSettings } from '../config/settings.ts';
import { withoutNameConflicts } from './conflicts.ts';
import { defineService, labelsByIndex, type ServiceLabels } from './definition.ts';
import { parseBoolean } from './label-values.ts';
import { networkMode, type NetworkMode, servicePorts, taskPorts } from './network.ts';
import { portAssigner, type PortAssigner } from './ports.ts';
import type { Problem } from './problem.ts';
import { foldDeploymentGroups } from './rollout.ts';
import { type TaskServers, serversOf } from './servers.ts';
import type { Server, Service, ServiceDefinition } from './service.ts';
import type { App, Snapshot } from './snapshot.ts';

export interface Model {
  /** Sorted by app id, then service port, by code units. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/** All services that this load balancer is to serve, and what is wrong with the apps. The same snapshot gives the same model. */
export function build(snapshot: Snapshot, settings: ModelSettings): Model {
  const rollout = foldDeploymentGroups(snapshot.apps);
  const services: Service[] = [];
  const problems: Problem[] = [...snapshot.rejected, ...rollout.problems];
  const assigner = settings.assignedPorts && portAssigner(settings.assignedPorts);
  for (const app of rollout.apps) {
    const mode = networkMode(app);
    const ports = portsOf(app, mode, assigner, problems);
    if (ports.length === 0) continue;
    const byIndex = labelsByIndex(app);
    const wanted = ports.map((_, index) => isWanted(app, byIndex.get(index), settings));
    if (!wanted.includes(true)) continue;
    const tasks = serversOf(app, mode, ports.length, snapshot, rollout.draining, settings);
    problems.push(...tasks.problems);
    addServices(app, ports, byIndex, wanted, tasks, services, problems);
  }
  services.sort(byAppAndPort);
  const named = withoutNameConflicts(services, rollout.apps);
  return { services: named.services, problems: [...problems, ...named.problems] };
}

/** Apps by code units of their id, their services by port. */
export function byAppAndPort(a: ServiceDefinition, b: ServiceDefinition): number {
  return a.app < b.app ? -1 : a.app > b.app ? 1 : a.servicePort - b.servicePort;
}

function portsOf(
  app: App,
  mode: NetworkMode,
  assigner: PortAssigner | undefined,
  problems: Problem[],
): readonly (number | undefined)[] {
  const given = servicePorts(app, mode);
  const task = app.tasks[0];
  if (given.length > 0 || mode !== 'container' || !assigner || !task) return given;
  return taskPorts(app, mode, task).map((taskPort) => {
    const port = assigner.assign(app.id, taskPort);
    if (port === undefined) {
      const detail = `no free port for task port ${taskPort} in the range of --min-serv-port-ip-per-task and --max-serv-port-ip-per-task; widen it`;
      problems.push({ code: 'no-service-port', app: app.id, detail });
    }
    return port;
  });
}

function isWanted(app: App, own: ServiceLabels | undefined, settings: ModelSettings): boolean {
  const groups = own?.GROUP ?? app.labels.HAPROXY_GROUP;
  const matches = settings.groups.includes('*') || (groups?.split(',').some((group) => settings.groups.includes(group)) ?? false);
  if (!matches) return false;
  const enabled = own?.ENABLED;
  if (enabled === undefined) return !settings.strictMode;
  const parsed = parseBoolean(enabled);
  return 'value' in parsed && parsed.value;
}

function addServices(
  app: App,
  ports: readonly (number | undefined)[],
  byIndex: ReadonlyMap<number, ServiceLabels>,
  wanted: readonly boolean[],
  tasks: TaskServers,
  services: Service[],
  problems: Problem[],
): void {
  const all: { readonly definition: ServiceDefinition; readonly servers: readonly Server[]; readonly wanted: boolean }[] = [];
  for (const [index, port] of ports.entries()) {
    if (port === undefined) continue;
    const definition = defineService(app, index, port, byIndex.get(index) ?? {});
    const servers = tasks.byIndex[index] ?? [];
    if (!Array.isArray(definition)) all.push({ definition, servers, wanted: wanted[index] ?? false });
    else if (wanted[index]) problems.push(...definition);
  }
  const byPort = all.toSorted((a, b) => a.definition.servicePort - b.definition.servicePort);
  for (const { definition, servers, wanted: isServed } of all) {
    if (!isServed || servers.length === 0) continue;
    const checked = definition.healthCheckPortIndex === undefined ? undefined : byPort[definition.healthCheckPortIndex];
    services.push({ ...definition, servers: withCheckPorts(definition, servers, checked?.servers) });
  }
}

function withCheckPorts(
  definition: ServiceDefinition,
  servers: readonly Server[],
  checked: readonly Server[] | undefined,
): readonly Server[] {
  if (definition.healthCheckPortIndex !== undefined) {
    return servers.map((server, at) => ({ ...server, healthCheckPort: checked?.[at]?.port ?? server.port }));
  }
  const port = definition.healthCheck?.port;
  return port === undefined ? servers : servers.map((server) => ({ ...server, healthCheckPort: port }));
}
