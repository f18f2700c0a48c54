/** From the sides of an app or a deployment group to the services that they have together (`docs/decisions/070-whose-definition-serves.md`). */
import type { AppServices, MalformedService } from '../app-result.ts';
import { isCheckShared } from '../tasks/check.ts';
import { checkOfLabels } from '../labels/rows/health.ts';
import type { Problem } from '../problem.ts';
import type { Lookup } from '../../lib/tracked-lookup.ts';
import { isSame } from '../../lib/deep-equal.ts';
import { sortServers } from '../tasks/servers.ts';
import type { OwnRules, Server, Service } from '../service.ts';
import type { Workload } from '../workload.ts';

/**
 * Joins the services of several sides by their index; `look` finds those of one. The first side that has a service here gives its
 * definition; servers of others are checked and written by their own, as far as one backend can hold both. Sides that this load balancer
 * does not serve have no services here, so their tasks get no traffic.
 */
export function joinSides(
  sides: readonly Workload[],
  look: (side: Workload) => AppServices,
  health: Lookup<boolean>,
): AppServices {
  const found = sides.map(look);
  const readable = (index: number): Workload | undefined => sides[found.findIndex((each) => serves(each, index))];
  const byIndex = new Map<number, Member[]>();
  const add = (app: Workload, service: Service): void => {
    const members = byIndex.get(service.index);
    if (members) members.push({ app, service });
    else byIndex.set(service.index, [{ app, service }]);
  };
  const malformed = new Map<number, MalformedService>();
  for (const [at, { services, malformed: own }] of found.entries()) {
    const app = sides[at] as Workload;
    for (const service of services) add(app, service);
    for (const service of own) {
      const other = readable(service.index);
      const borrowed =
        other && look(withLabelsOf(app, other, service.index)).services.find((each) => each.index === service.index);
      if (borrowed) add(app, borrowed);
      else if (!malformed.has(service.index)) malformed.set(service.index, service);
    }
  }
  // Labels that cannot be read define nothing, even of the app that was deployed first.
  for (const [index, members] of byIndex) {
    const lead = readable(index);
    members.sort((a, b) => Number(b.app === lead) - Number(a.app === lead));
  }
  const services = [...byIndex.values()].map((members) => join(members, health)).sort((a, b) => a.index - b.index);
  const joined = { services, problems: once(found), malformed: [...malformed.values()] };
  return found.some(({ denied }) => denied) ? { ...joined, denied: true } : joined;
}

function serves({ services }: AppServices, index: number): boolean {
  return services.some((service) => service.index === index);
}

/** The side with the other's labels for this service port, as its own cannot be read: its tasks are served all the same. */
function withLabelsOf(side: Workload, other: Workload, index: number): Workload {
  const prefix = `HAPROXY_${index}_`;
  const isKept = (name: string): boolean => !name.startsWith(prefix) || WHERE.has(name.slice(prefix.length));
  const own = Object.entries(side.labels).filter(([name]) => isKept(name));
  const borrowed = Object.entries(other.labels).filter(([name]) => !isKept(name));
  return { ...side, labels: Object.fromEntries([...own, ...borrowed]) };
}

/** Labels that say whether this load balancer serves the port. */
const WHERE: ReadonlySet<string> = new Set(['GROUP', 'ENABLED']);

interface Member {
  readonly app: Workload;
  readonly service: Service;
}

function join(members: readonly Member[], health: Lookup<boolean>): Service {
  const [first] = members as [Member];
  if (members.length === 1) return first.service;
  const { mode } = first.service;
  const lead = leadOf(members.map(({ service }) => service));
  const servers = members.flatMap(({ app, service }): readonly Server[] => {
    if (service === first.service || hasSameRules(service, first.service)) return service.servers;
    const { healthCheck, healthCheckPortIndex, templates, typed } = service;
    const own: OwnRules = { healthCheck, healthCheckPortIndex, templates, typed };
    // HAProxy asks all servers for what the labels of the first say.
    const isAsked = checkOfLabels(own) === checkOfLabels(first.service);
    const isChecked = healthCheck === undefined || (isAsked && isCheckShared(own, lead, mode));
    const serving = isChecked ? service.servers : aliveOnes(service.servers, app, health);
    return serving.map((server) => ({ ...server, own }));
  });
  return { ...first.service, servers: sortServers([...servers]) };
}

/** The rules that the options of the backend are made of: the first that have a health check. */
export function leadOf<Rules extends OwnRules>(all: readonly Rules[]): Rules {
  return all.find(({ healthCheck }) => healthCheck !== undefined) ?? (all[0] as Rules);
}

function hasSameRules(one: OwnRules, other: OwnRules): boolean {
  return (
    isSame(one.healthCheck, other.healthCheck) &&
    one.healthCheckPortIndex === other.healthCheckPortIndex &&
    isSame(one.templates, other.templates) &&
    isSame(one.typed, other.typed)
  );
}

/** HAProxy cannot check these servers by their own definition here: the source's verdict counts in its place. */
function aliveOnes(servers: readonly Server[], { tasks }: Workload, health: Lookup<boolean>): readonly Server[] {
  const alive = new Set(tasks.filter((task) => task.alive ?? health.get(task.id) ?? false).map(({ id }) => id));
  return servers.filter(({ taskId }) => alive.has(taskId));
}

/** The sides have the same name: a fault of several sides is one problem. */
function once(sides: readonly AppServices[]): readonly Problem[] {
  const found: Problem[] = [];
  for (const problem of sides.flatMap(({ problems }) => problems)) {
    if (!found.some((other) => isSame(other, problem))) found.push(problem);
  }
  return found;
}
