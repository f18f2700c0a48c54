import type { AppServices, MalformedService } from './app-result.ts';
import type { ModelSettings } from '../config/settings.ts';
import { appLabels } from './labels/app-labels.ts';
import { appSides } from './groups/app-sides.ts';
import { blankGroups } from './lint/blank-groups.ts';
import { defineService, labelsByIndex, remarksOf, type ServiceLabels } from './labels/definition.ts';
import { joinSides } from './groups/join-sides.ts';
import { parseBoolean } from './labels/values.ts';
import { type NetworkMode, networkMode, servicePorts, taskPorts, udpPorts } from './tasks/network.ts';
import { openWays } from './lint/open-ways.ts';
import { isNote, type Problem } from './problem.ts';
import type { Lookup } from '../lib/tracked-lookup.ts';
import { areIdentical, isSame } from '../lib/deep-equal.ts';
import { sinceOf } from './conflicts/seniority.ts';
import { serversOf, type TaskServers } from './tasks/servers.ts';
import type { Server, Service, ServiceDefinition } from './service.ts';
import type { App } from './snapshot.ts';
import { unknownLabels } from './lint/unknown-labels.ts';
import { uselessLabels } from './lint/useless-labels.ts';
import { DEFAULT_LIMITS, type LabelLimits } from './values/limits.ts';

export interface AppWorld {
  readonly addresses: Lookup<string>;
  readonly health: Lookup<boolean>;
  /** Ids of the tasks that drain. */
  readonly draining: ReadonlySet<string>;
}

/** The services of an app; `assigned` are its service ports where Marathon gives none, undefined if there was none left. */
export function appServices(
  app: App,
  assigned: readonly (number | undefined)[],
  world: AppWorld,
  settings: ModelSettings,
): AppServices {
  const sides = appSides(app);
  const [only] = sides;
  const look = (side: App): AppServices => sideServices(side, assigned, world, settings);
  const { services, problems, malformed } = sides.length === 1 && only ? look(only) : joinSides(sides, look, world.health);
  if (services.length + problems.length + malformed.length === 0) return NOTHING;
  return { services: services.filter(hasServers), problems, malformed: malformed.filter(hasServers) };
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
  const missed = [
    ...blankGroups(app, byIndex, ports.length, settings.groups),
    ...oddSwitches(app, byIndex, ports.length, settings),
  ];
  if (!wanted.includes(true)) return missed.length === 0 ? NOTHING : { ...NOTHING, problems: firstOf(app, missed) };
  const tasks = serversOf(app, mode, ports.length, world, world.draining, settings);
  const limits = settings.limits ?? DEFAULT_LIMITS;
  const problems = [...withoutPort(app, mode, assigned), ...tasks.problems];
  const mistakes = [...missed, ...appLabels(app, limits), ...unknownLabels(app, ports.length)];
  const udp = udpPorts(app, mode);
  const services = addServices(app, ports, byIndex, wanted, tasks, { udp, limits }, mistakes, settings);
  return { problems: [...problems, ...firstOf(app, mistakes)], ...services };
}

/** What remains of the services found before if they are the same: those very objects. */
export function reuse(found: AppServices, before: AppServices | undefined): AppServices {
  if (before === undefined) return found;
  const services = found.services.map((service, at) => {
    const old = before.services[at];
    return old !== undefined && isSame(old, service) ? old : service;
  });
  const same =
    areIdentical(services, before.services) &&
    isSame(found.problems, before.problems) &&
    isSame(found.malformed, before.malformed);
  return same ? before : { ...found, services };
}

const NOTHING: AppServices = { services: [], problems: [], malformed: [] };

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
  if (!isInGroup(app, own, settings)) return false;
  const enabled = own?.ENABLED;
  return enabled === undefined ? !settings.strictMode : parseBoolean(enabled).value;
}

function isInGroup(app: App, own: ServiceLabels | undefined, { groups }: ModelSettings): boolean {
  const named = own?.GROUP ?? app.labels.HAPROXY_GROUP;
  return groups.includes('*') || (named?.split(',').some((group) => groups.includes(group)) ?? false);
}

/** ENABLED labels that are neither true nor false; the services of them are off. */
function oddSwitches(
  app: App,
  byIndex: ReadonlyMap<number, ServiceLabels>,
  count: number,
  settings: ModelSettings,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (let index = 0; index < count; index += 1) {
    const own = byIndex.get(index);
    if (own?.ENABLED === undefined || !isInGroup(app, own, settings)) continue;
    problems.push(...remarksOf(app.id, `HAPROXY_${index}_ENABLED`, parseBoolean(own.ENABLED)));
  }
  return problems;
}

/** As many as a log can take: an app can have thousands of labels. What costs something comes first. */
function firstOf(app: App, mistakes: readonly Problem[]): readonly Problem[] {
  if (mistakes.length <= MOST_MISTAKES) return mistakes;
  const byWeight = mistakes.toSorted((a, b) => Number(isNote(a)) - Number(isNote(b)));
  const more = byWeight.slice(MOST_MISTAKES);
  const detail = `and ${more.length} more of its labels are wrong or without effect`;
  const code = more.every(isNote) && byWeight.every(isNote) ? 'label-useless' : 'more-labels';
  return [...byWeight.slice(0, MOST_MISTAKES), { code, app: app.id, detail, fix: `marathon-lb --longhelp lists the labels` }];
}

const MOST_MISTAKES = 20;

function addServices(
  app: App,
  ports: readonly (number | undefined)[],
  byIndex: ReadonlyMap<number, ServiceLabels>,
  wanted: readonly boolean[],
  tasks: TaskServers,
  { udp, limits }: { readonly udp: ReadonlySet<number>; readonly limits: LabelLimits },
  problems: Problem[],
  settings: ModelSettings,
): Pick<AppServices, 'services' | 'malformed'> {
  const since = sinceOf(app);
  const services: Service[] = [];
  const malformed: MalformedService[] = [];
  const all: { readonly definition: ServiceDefinition; readonly servers: readonly Server[]; readonly wanted: boolean }[] = [];
  for (const [index, port] of ports.entries()) {
    if (port === undefined) continue;
    if (udp.has(index)) {
      if (wanted[index]) problems.push(udpOnly(app, index, port));
      continue;
    }
    const labels = byIndex.get(index) ?? {};
    const { definition, problems: own, refused } = defineService(app, index, port, labels, limits, settings.labelPolicy);
    const servers = tasks.byIndex[index] ?? [];
    if (definition) all.push({ definition, servers, wanted: wanted[index] ?? false });
    if (!wanted[index]) continue;
    problems.push(...own, ...refused);
    if (!definition) malformed.push({ app: app.id, index, servers, since, problems: refused });
  }
  const byPort = all.toSorted((a, b) => a.definition.servicePort - b.definition.servicePort);
  const served = byPort.filter((each) => each.wanted && each.servers.length > 0);
  const byAppId = served.find(({ definition }) => definition.mode === 'http')?.definition;
  for (const { definition, servers, wanted: isServed } of all) {
    if (!isServed) continue;
    problems.push(...uselessLabels(definition));
    if (servers.length > 0) problems.push(...openWays(definition, definition === byAppId, settings));
    const checked = definition.healthCheckPortIndex === undefined ? undefined : byPort[definition.healthCheckPortIndex];
    // Members before the spread: after it, V8 gives each object a shape of its own, and all that reads them gets slow.
    services.push({ servers: withCheckPorts(definition, servers, checked?.servers), since, ...definition });
  }
  return { services, malformed };
}

function udpOnly(app: App, index: number, port: number): Problem {
  const detail = `service ${index} on port ${port} is UDP, which HAProxy does not balance: it has no frontend`;
  const fix = 'let clients find its tasks by other means, or give the port the protocol tcp';
  return { code: 'udp-port', app: app.id, label: 'protocol', detail, fix };
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
