import type { AppServices, MalformedService } from './app-result.ts';
import type { ModelSettings } from '../config/settings.ts';
import { appLabels } from './labels/app-labels.ts';
import { appSides } from './groups/app-sides.ts';
import { blankGroups } from './lint/blank-groups.ts';
import { isDefaultApp } from './default-app.ts';
import { defineService, labelsByIndex, type ServiceLabels } from './labels/definition.ts';
import { remarksOf } from './labels/parse-label.ts';
import { joinSides } from './groups/join-sides.ts';
import { parseBoolean } from './labels/values.ts';
import { templatePolicyOf } from './policy/allowed-templates.ts';
import { appLabelDenials, definitionDenials, groupDenials, labelDenials } from './policy/rules/denials.ts';
import { type PolicyRule, ruleFor } from './policy/rules/policy.ts';
import { withinLimits } from './policy/rules/limits.ts';
import { taskPorts } from './tasks/network.ts';
import { findBypasses } from './lint/bypasses.ts';
import { isNote, type Problem } from './problem.ts';
import type { Lookup } from '../lib/tracked-lookup.ts';
import { areIdentical, isSame } from '../lib/deep-equal.ts';
import { serversOf, type TaskServers } from './tasks/servers.ts';
import type { Server, Service, ServiceDefinition } from './service.ts';
import type { Workload } from './workload.ts';
import { unknownLabels } from './lint/unknown-labels.ts';
import { uselessLabels } from './lint/useless-labels.ts';
import { DEFAULT_LIMITS, type LabelLimits } from './values/limits.ts';

export interface AppContext {
  readonly addresses: Lookup<string>;
  readonly health: Lookup<boolean>;
  /** Ids of the tasks that drain. */
  readonly draining: ReadonlySet<string>;
}

/** The services of an app; `assigned` are its service ports if its source gives none, undefined if there was none left. */
export function appServices(
  app: Workload,
  assigned: readonly (number | undefined)[],
  context: AppContext,
  settings: ModelSettings,
): AppServices {
  const sides = appSides(app);
  const [only] = sides;
  const look = (side: Workload): AppServices => sideServices(side, assigned, context, settings);
  const joined = sides.length === 1 && only ? look(only) : joinSides(sides, look, context.health);
  const found = settings.policy === undefined ? joined : withinLimits(joined, ruleFor(settings.policy, app.id), app.id);
  const { services, problems, malformed } = found;
  if (services.length + problems.length + malformed.length === 0) return NOTHING;
  return { ...found, services: services.filter(hasServers), malformed: malformed.filter(hasServers) };
}

function hasServers({ servers }: { readonly servers: readonly Server[] }): boolean {
  return servers.length > 0;
}

/** The services of the tasks of one definition, also those without servers. */
function sideServices(
  app: Workload,
  assigned: readonly (number | undefined)[],
  context: AppContext,
  settings: ModelSettings,
): AppServices {
  const ports = assigned.length > 0 ? assigned : app.servicePorts;
  if (ports.length === 0) return NOTHING;
  const byIndex = labelsByIndex(app);
  const wanted = ports.map((_, index) => exclusionsOf(app, byIndex.get(index), settings).length === 0);
  const missed = [
    ...blankGroups(app, byIndex, ports.length, settings.groups),
    ...oddSwitches(app, byIndex, ports.length, settings),
  ];
  if (!wanted.includes(true)) return missed.length === 0 ? NOTHING : { ...NOTHING, problems: firstOf(app, missed) };
  const tasks = serversOf(app, ports.length, context, context.draining, settings);
  const limits = settings.limits ?? DEFAULT_LIMITS;
  const problems = [...withoutPort(app, assigned), ...tasks.problems];
  const mistakes = [...missed, ...appLabels(app, limits), ...unknownLabels(app, ports.length)];
  const rule = settings.policy && ruleFor(settings.policy, app.id);
  const denials = rule === undefined ? [] : appLabelDenials(rule, app.id, app.labels);
  if (denials.length > 0) {
    return { ...NOTHING, problems: [...problems, ...firstOf(app, [...denials, ...mistakes])], denied: true };
  }
  const services = addServices(app, ports, byIndex, wanted, tasks, limits, mistakes, settings, rule);
  return { problems: [...problems, ...firstOf(app, mistakes)], ...services };
}

/** Returns the objects of the services found before, if they are the same. */
export function reuse(found: AppServices, before: AppServices | undefined): AppServices {
  if (before === undefined) return found;
  const services = found.services.map((service, at) => {
    const old = before.services[at];
    return old !== undefined && isSame(old, service) ? old : service;
  });
  const same =
    areIdentical(services, before.services) &&
    found.denied === before.denied &&
    isSame(found.problems, before.problems) &&
    isSame(found.malformed, before.malformed);
  return same ? before : { ...found, services };
}

const NOTHING: AppServices = { services: [], problems: [], malformed: [] };

function withoutPort(app: Workload, assigned: readonly (number | undefined)[]): Problem[] {
  if (!assigned.includes(undefined)) return [];
  const wanted = app.tasks.slice(0, 1).flatMap((task) => taskPorts(app, task));
  return wanted.flatMap((taskPort, index): Problem[] => {
    if (assigned[index] !== undefined) return [];
    const detail = `no free port for task port ${taskPort} in the range of --min-serv-port-ip-per-task and --max-serv-port-ip-per-task; widen it`;
    return [{ code: 'no-service-port', app: app.id, detail }];
  });
}

/** Returns why this load balancer does not serve a service, without a look at its tasks and other labels: its group, its label ENABLED, or `--strict-mode`. */
export type Exclusion = 'group' | 'disabled' | 'strict';

/** Returns all that holds; empty: the service is wanted. */
export function exclusionsOf(app: Workload, own: ServiceLabels | undefined, settings: ModelSettings): readonly Exclusion[] {
  const found: Exclusion[] = isInGroup(app, own, settings) ? [] : ['group'];
  const enabled = own?.ENABLED;
  if (enabled === undefined) return settings.strictMode ? [...found, 'strict'] : found;
  return parseBoolean(enabled).value ? found : [...found, 'disabled'];
}

function isInGroup(app: Workload, own: ServiceLabels | undefined, { groups }: ModelSettings): boolean {
  const named = own?.GROUP ?? app.labels.HAPROXY_GROUP;
  return groups.includes('*') || (named?.split(',').some((group) => groups.includes(group)) ?? false);
}

/** ENABLED labels that are neither true nor false; the services of them are off. */
function oddSwitches(
  app: Workload,
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
function firstOf(app: Workload, mistakes: readonly Problem[]): readonly Problem[] {
  if (mistakes.length <= MOST_MISTAKES) return mistakes;
  const byWeight = mistakes.toSorted((a, b) => Number(isNote(a)) - Number(isNote(b)));
  const more = byWeight.slice(MOST_MISTAKES);
  const detail = `and ${more.length} more of its labels are wrong or without effect`;
  const code = more.every(isNote) && byWeight.every(isNote) ? 'label-useless' : 'more-labels';
  return [...byWeight.slice(0, MOST_MISTAKES), { code, app: app.id, detail, fix: `marathon-lb --longhelp lists the labels` }];
}

const MOST_MISTAKES = 20;

function addServices(
  app: Workload,
  ports: readonly (number | undefined)[],
  byIndex: ReadonlyMap<number, ServiceLabels>,
  wanted: readonly boolean[],
  tasks: TaskServers,
  limits: LabelLimits,
  problems: Problem[],
  settings: ModelSettings,
  rule: PolicyRule | undefined,
): Pick<AppServices, 'services' | 'malformed' | 'denied'> {
  const { since, udpPorts } = app;
  const templates = templatePolicyOf(settings, rule);
  let isDenied = false;
  const services: Service[] = [];
  const malformed: MalformedService[] = [];
  const all: { readonly definition: ServiceDefinition; readonly servers: readonly Server[]; readonly wanted: boolean }[] = [];
  for (const [index, port] of ports.entries()) {
    if (port === undefined) continue;
    if (udpPorts?.includes(index)) {
      if (wanted[index]) problems.push(udpOnly(app, index, port));
      continue;
    }
    const labels = byIndex.get(index) ?? {};
    const { definition, problems: own, refused } = defineService(app, index, port, labels, limits, templates);
    const servers = tasks.byIndex[index] ?? [];
    const denials = rule === undefined || !wanted[index] ? [] : denialsOf(rule, app, index, labels, definition, settings);
    if (definition) all.push({ definition, servers, wanted: (wanted[index] ?? false) && denials.length === 0 });
    if (!wanted[index]) continue;
    problems.push(...own, ...refused, ...denials);
    if (denials.length > 0) isDenied = true;
    else if (!definition) malformed.push({ app: app.id, index, servers, since, problems: refused });
  }
  const byPort = all.toSorted((a, b) => a.definition.servicePort - b.definition.servicePort);
  const served = byPort.filter((each) => each.wanted && each.servers.length > 0);
  const byAppId = served.find(({ definition }) => definition.mode === 'http')?.definition;
  for (const { definition, servers, wanted: isServed } of all) {
    if (!isServed) continue;
    problems.push(...uselessLabels(definition, isDefaultApp(definition, settings.defaultApp)));
    if (servers.length > 0) problems.push(...findBypasses(definition, definition === byAppId, settings));
    const checked = definition.healthCheckPortIndex === undefined ? undefined : byPort[definition.healthCheckPortIndex];
    // Members before the spread: after it, V8 gives each object a shape of its own, and all that reads them gets slow.
    services.push({ servers: withCheckPorts(definition, servers, checked?.servers), since, ...definition });
  }
  return isDenied ? { services, malformed, denied: true } : { services, malformed };
}

/** Returns what of a service breaks the rule of its app; its values only if they can be read. */
function denialsOf(
  rule: PolicyRule,
  app: Workload,
  index: number,
  labels: ServiceLabels,
  definition: ServiceDefinition | undefined,
  settings: ModelSettings,
): readonly Problem[] {
  const groups = { own: labels.GROUP, common: app.labels.HAPROXY_GROUP };
  return [
    ...groupDenials(rule, app.id, index, groups, settings),
    ...labelDenials(rule, app.id, index, labels),
    ...(definition === undefined || settings.policy === undefined ? [] : definitionDenials(rule, definition, settings.policy)),
  ];
}

function udpOnly(app: Workload, index: number, port: number): Problem {
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
