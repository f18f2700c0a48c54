import type { ModelSettings } from '../config/settings.ts';
import { appSides } from './app-sides.ts';
import { blankGroups } from './blank-groups.ts';
import { defineService, labelsByIndex, type ServiceLabels } from './definition.ts';
import { emptyLabels } from './empty-labels.ts';
import { joinSides } from './join-sides.ts';
import { parseBoolean } from './label-values.ts';
import { type NetworkMode, networkMode, servicePorts, taskPorts } from './network.ts';
import { openWays } from './open-ways.ts';
import type { Problem } from './problem.ts';
import type { Lookup } from './recorded.ts';
import { areIdentical, isSame } from './same.ts';
import { sinceOf } from './seniority.ts';
import { serversOf, type TaskServers } from './servers.ts';
import type { Server, Service, ServiceDefinition } from './service.ts';
import type { App } from './snapshot.ts';
import { unknownLabels } from './unknown-labels.ts';
import { uselessLabels } from './useless-labels.ts';

/** What is served of one app, and what is wrong with it. */
export interface AppServices {
  /** In the order of their indices. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Services whose labels cannot be read: as they were before they may still be served. */
  readonly held: readonly HeldService[];
}

/** What is known of a service whose labels cannot be read. */
export interface HeldService extends Pick<Service, 'app' | 'index' | 'servers' | 'since'> {
  /** What is wrong, as in the list of problems. */
  readonly problems: readonly Problem[];
}

export interface AppWorld {
  readonly addresses: Lookup<string>;
  readonly health: Lookup<boolean>;
  /** Ids of the tasks that drain. */
  readonly draining: ReadonlySet<string>;
}

/** The services of an app; `assigned` are its service ports where Marathon gives none, undefined where there was none left. */
export function appServices(
  app: App,
  assigned: readonly (number | undefined)[],
  world: AppWorld,
  settings: ModelSettings,
): AppServices {
  const sides = appSides(app);
  const [only] = sides;
  const look = (side: App): AppServices => sideServices(side, assigned, world, settings);
  const { services, problems, held } = sides.length === 1 && only ? look(only) : joinSides(sides, look, world.health);
  if (services.length + problems.length + held.length === 0) return NOTHING;
  return { services: services.filter(hasServers), problems, held: held.filter(hasServers) };
}

function hasServers({ servers }: { readonly servers: readonly Server[] }): boolean {
  return servers.length > 0;
}

/** The services of the tasks of one definition, also those without servers. */
function sideServices(
  app: App,
  assigned: readonly (number | undefined)[],
  world: AppWorld,
  settings: ModelSettings,
): AppServices {
  const mode = networkMode(app);
  const ports = assigned.length > 0 ? assigned : servicePorts(app, mode);
  if (ports.length === 0) return NOTHING;
  const byIndex = labelsByIndex(app);
  const wanted = ports.map((_, index) => isWanted(app, byIndex.get(index), settings));
  const missed = blankGroups(app, byIndex, ports.length, settings.groups);
  if (!wanted.includes(true)) return missed.length === 0 ? NOTHING : { ...NOTHING, problems: missed };
  const tasks = serversOf(app, mode, ports.length, world, world.draining, settings);
  const problems = [...withoutPort(app, mode, assigned), ...tasks.problems, ...missed, ...unknownLabels(app, ports.length)];
  return { problems, ...addServices(app, ports, byIndex, wanted, tasks, problems, settings) };
}

/** What remains of the services found before where they are the same: those very objects. */
export function reuse(found: AppServices, before: AppServices | undefined): AppServices {
  if (before === undefined) return found;
  const services = found.services.map((service, at) => {
    const old = before.services[at];
    return old !== undefined && isSame(old, service) ? old : service;
  });
  const same =
    areIdentical(services, before.services) && isSame(found.problems, before.problems) && isSame(found.held, before.held);
  return same ? before : { ...found, services };
}

const NOTHING: AppServices = { services: [], problems: [], held: [] };

function withoutPort(app: App, mode: NetworkMode, assigned: readonly (number | undefined)[]): Problem[] {
  if (!assigned.includes(undefined)) return [];
  const wanted = app.tasks.slice(0, 1).flatMap((task) => taskPorts(app, mode, task));
  return wanted.flatMap((taskPort, index): Problem[] => {
    if (assigned[index] !== undefined) return [];
    const detail = `no free port for task port ${taskPort} in the range of --min-serv-port-ip-per-task and --max-serv-port-ip-per-task; widen it`;
    return [{ code: 'no-service-port', app: app.id, detail }];
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
  problems: Problem[],
  settings: ModelSettings,
): Pick<AppServices, 'services' | 'held'> {
  const since = sinceOf(app);
  const services: Service[] = [];
  const held: HeldService[] = [];
  const all: { readonly definition: ServiceDefinition; readonly servers: readonly Server[]; readonly wanted: boolean }[] = [];
  for (const [index, port] of ports.entries()) {
    if (port === undefined) continue;
    const definition = defineService(app, index, port, byIndex.get(index) ?? {});
    const servers = tasks.byIndex[index] ?? [];
    if (!Array.isArray(definition)) all.push({ definition, servers, wanted: wanted[index] ?? false });
    else if (wanted[index]) {
      problems.push(...definition);
      held.push({ app: app.id, index, servers, since, problems: definition });
    }
  }
  const byPort = all.toSorted((a, b) => a.definition.servicePort - b.definition.servicePort);
  const served = byPort.filter((each) => each.wanted && each.servers.length > 0);
  const byAppId = served.find(({ definition }) => definition.mode === 'http')?.definition;
  for (const { definition, servers, wanted: isServed } of all) {
    if (!isServed) continue;
    problems.push(...uselessLabels(definition), ...emptyLabels(definition, byIndex.get(definition.index) ?? {}));
    if (servers.length > 0) problems.push(...openWays(definition, definition === byAppId, settings));
    const checked = definition.healthCheckPortIndex === undefined ? undefined : byPort[definition.healthCheckPortIndex];
    // Members before the spread: after it, V8 gives each object a shape of its own, and all that reads them gets slow.
    services.push({ servers: withCheckPorts(definition, servers, checked?.servers), since, ...definition });
  }
  return { services, held };
}

function withCheckPorts(
  definition: ServiceDefinition,
  servers: readonly Server[],
  checked: readonly Server[] | undefined,
): readonly Server[] {
  if (definition.healthCheckPortIndex !== undefined) {
    return servers.map((server, at) => ({ healthCheckPort: checked?.[at]?.port ?? server.port, ...server }));
  }
  const port = definition.healthCheck?.port;
  return port === undefined ? servers : servers.map((server) => ({ healthCheckPort: port, ...server }));
}
