/** From the sides of an app or a deployment group to the services that they have together (`docs/decisions/070-whose-definition-serves.md`). */
import type { AppServices } from './app-services.ts';
import { isCheckShared } from './check.ts';
import { isAlive } from './health.ts';
import type { Problem } from './problem.ts';
import type { Lookup } from './recorded.ts';
import { isSame } from './same.ts';
import { sortServers } from './servers.ts';
import type { OwnRules, Server, Service } from './service.ts';
import type { App } from './snapshot.ts';

interface Side extends AppServices {
  /** With its own tasks. */
  readonly app: App;
}

/**
 * Joins the services of several sides by their index. The first side that has a service here gives its definition; servers of others are
 * checked and written by their own, as far as one backend can hold both. Sides that this load balancer does not serve have no services
 * here, so their tasks get no traffic.
 */
export function joinSides(sides: readonly Side[], health: Lookup<boolean>): AppServices {
  const byIndex = new Map<number, Member[]>();
  for (const { app, services } of sides) {
    for (const service of services) {
      const members = byIndex.get(service.index);
      if (members) members.push({ app, service });
      else byIndex.set(service.index, [{ app, service }]);
    }
  }
  const services = [...byIndex.values()].map((members) => join(members, health));
  const held = new Map(
    sides
      .toReversed()
      .flatMap((side) => side.held)
      .filter(({ index }) => !byIndex.has(index))
      .map((service) => [service.index, service]),
  );
  return { services: services.sort((a, b) => a.index - b.index), problems: once(sides), held: [...held.values()] };
}

interface Member {
  readonly app: App;
  readonly service: Service;
}

function join(members: readonly Member[], health: Lookup<boolean>): Service {
  const [first] = members as [Member];
  if (members.length === 1) return first.service;
  const { mode } = first.service;
  const lead = leadOf(members.map(({ service }) => service));
  const servers = members.flatMap(({ app, service }): readonly Server[] => {
    if (service === first.service || hasSameRules(service, first.service)) return service.servers;
    const { healthCheck, healthCheckPortIndex, templates } = service;
    const own: OwnRules = { healthCheck, healthCheckPortIndex, templates };
    const isChecked = healthCheck === undefined || isCheckShared(own, lead, mode);
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
    isSame(one.templates, other.templates)
  );
}

/** HAProxy cannot check these servers by their own definition here: Marathon's verdict counts in its place. */
function aliveOnes(servers: readonly Server[], { tasks }: App, health: Lookup<boolean>): readonly Server[] {
  const alive = new Set(tasks.filter((task) => isAlive(task) ?? health.get(task.id) ?? false).map(({ id }) => id));
  return servers.filter(({ taskId }) => alive.has(taskId));
}

/** The sides bear one name: what is wrong with several of them is one problem. */
function once(sides: readonly Side[]): readonly Problem[] {
  const found: Problem[] = [];
  for (const problem of sides.flatMap(({ problems }) => problems)) {
    if (!found.some((other) => isSame(other, problem))) found.push(problem);
  }
  return found;
}
