/** Claims that only one can have: ports, and hosts with paths. Decided by age (`docs/decisions/010-conflicts.md`). */
import type { ModelSettings } from '../config/settings.ts';
import { type Bind, overlap } from './bind-address.ts';
import type { Problem } from './problem.ts';
import { bySeniority, isOfOneAge } from './seniority.ts';
import type { Service } from './service.ts';

export interface Settled {
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/**
 * Marks the services that another one, or the program itself, leaves without what they claim. Services must be sorted by app
 * and port. Those that claim nothing twice are the same objects as before.
 */
export function settleClaims(services: readonly Service[], frontends: ModelSettings['frontends']): Settled {
  const problems: Problem[] = [];
  const gone = doubles(services, problems);
  const left = gone.size === 0 ? services : services.filter((service) => !gone.has(service));
  const lost = portLosers(left, frontends, problems);
  const contested = contestedHosts(left, problems);
  const settled = left.map((service) => marked(service, lost.has(service), contested.has(service)));
  return { services: settled, problems };
}

/** Whether a FRONTEND_HEAD binds the service port at all. */
export function bindsServicePort(frontendHead: string): boolean {
  return frontendHead.includes('{servicePort}');
}

/** An app and a deployment group can have one id: each service port of it counts once. */
function doubles(services: readonly Service[], problems: Problem[]): ReadonlySet<Service> {
  const gone = new Set<Service>();
  for (let at = 1; at < services.length; at += 1) {
    const service = services[at] as Service;
    for (let back = at - 1; services[back]?.app === service.app; back -= 1) {
      const other = services[back] as Service;
      if (other.index !== service.index || gone.has(other)) continue;
      const [, loser] = [service, other].sort(bySeniority) as [Service, Service];
      gone.add(loser);
      problems.push({
        code: 'id-conflict',
        app: loser.app,
        service: loser.backend,
        label: 'HAPROXY_DEPLOYMENT_GROUP',
        detail: `an app and a deployment group both are ${loser.app}: service ${loser.index} on port ${loser.servicePort} is left out, as its definition is the younger one`,
        fix: 'give the deployment group a name that no app has',
      });
    }
  }
  return gone;
}

function portLosers(services: readonly Service[], frontends: ModelSettings['frontends'], problems: Problem[]): Set<Service> {
  const { reserved, own } = frontends ?? { reserved: [], own: true };
  const lost = new Set<Service>();
  const reservedPorts = new Set(reserved.map(({ port }) => port));
  const groups = sharing(
    services,
    (service) => portsOf(service, own),
    (port) => reservedPorts.has(port),
  );
  for (const [port, group] of groups) {
    const keepers: Service[] = [];
    const told = new Set<Service>();
    for (const service of group.toSorted(bySeniority)) {
      const bind = bindOf(service, port);
      const taken = reserved.find((each) => each.port === port && overlap(each, bind));
      const keeper = keepers.find((each) => overlap(bindOf(each, port), bind));
      if (!taken && (!keeper || isPeer(keeper, service))) keepers.push(service);
      else lost.add(service);
      if (taken) problems.push(portConflict(service, port, { kind: 'program', option: taken.option }));
      else if (keeper && isPeer(keeper, service)) {
        // Once is enough: there may be hundreds.
        if (!told.has(keeper)) problems.push(portConflict(keeper, port, { kind: 'peer', app: service.app }));
        told.add(keeper);
        problems.push(portConflict(service, port, { kind: 'peer', app: keeper.app }));
      } else if (keeper) problems.push(portConflict(service, port, { kind: 'older', app: keeper.app }));
    }
  }
  return lost;
}

/** Neither was there first: as with 1.15, both bind the port and share its connections. */
function isPeer(keeper: Service, service: Service): boolean {
  return keeper.app !== service.app && isOfOneAge(keeper, service);
}

/** The ports that the own frontend of a service binds; `own`: the operator's FRONTEND_HEAD binds the service port. */
function portsOf({ servicePort, bindAddr, templates }: Service, own: boolean): readonly number[] {
  const head = templates['FRONTEND_HEAD'];
  if (head === undefined && bindAddr === '*') return own ? [servicePort] : NO_PORTS;
  const isBound = head === undefined ? own : bindsServicePort(head);
  const bound = isBound ? [servicePort, ...portsIn(bindAddr)] : NO_PORTS;
  return [...new Set([...bound, ...bindsIn(head).flatMap(portsIn)])];
}

/** On which addresses a service binds the port. */
function bindOf({ servicePort, bindAddr, bindOptions: options, templates }: Service, port: number): Bind {
  const others = [...bindAddr.split(','), ...bindsIn(templates['FRONTEND_HEAD']).flatMap((bind) => bind.split(','))];
  const named = others.filter((each) => portsIn(each).includes(port)).map((each) => each.replace(/:\d+$/, ''));
  return { address: port === servicePort ? [bindAddr, ...named].join(',') : named.join(','), options };
}

/** The addresses of the bind lines of a FRONTEND_HEAD. */
function bindsIn(head: string | undefined): readonly string[] {
  return head === undefined ? [] : [...head.matchAll(/^[ \t]*bind[ \t]+(\S+)/gm)].map(([, address = '']) => address);
}

/** An address of a bind line may have a port of its own: `*:80,*`. */
function portsIn(addresses: string): readonly number[] {
  // What is in brackets is IPv6, and an IPv6 address without them has no port.
  return addresses
    .split(',')
    .flatMap((each) => /^(?:\[.*\]|[^:]*):(\d+)$/.exec(each.trim())?.[1] ?? [])
    .map(Number);
}

const NO_PORTS: readonly number[] = [];

type Holder =
  | { readonly kind: 'program'; readonly option: string }
  /** `peer`: with a frontend of its own the other service has the port too. */
  | { readonly kind: 'older' | 'peer'; readonly app: string };

function portConflict(service: Service, port: number, holder: Holder): Problem {
  const { app, index, backend, servicePort, bindAddr, vhosts, mode } = service;
  const name = port === servicePort ? 'PORT' : portsIn(bindAddr).includes(port) ? 'BIND_ADDR' : 'FRONTEND_HEAD';
  const label = `HAPROXY_${index}_${name}`;
  const fix = name === 'PORT' ? `set ${label} to a free port` : `take the port out of ${label}`;
  const problem = { code: 'port-conflict', app, service: backend, label, fix } as const;
  if (holder.kind === 'peer') {
    const detail = `port ${port} of service ${index} is bound by ${holder.app} too, whose definition is of the same time: HAProxy shares its connections between the two at random`;
    return { ...problem, detail };
  }
  const ways = [vhosts.length > 0 ? 'its hosts' : '', mode === 'http' ? 'its app id' : ''].filter(Boolean).join(' and ');
  const effect = ways === '' ? 'it cannot be reached' : `it is reached by ${ways} only`;
  const other =
    holder.kind === 'program' ? `the load balancer itself (${holder.option})` : `${holder.app}, whose definition is older`;
  return { ...problem, detail: `port ${port} of service ${index} is taken by ${other}; ${effect}` };
}

/** The services whose rules are to stand in the order of their age; empty where that is the order of the document anyway. */
function contestedHosts(services: readonly Service[], problems: Problem[]): Set<Service> {
  const contested = new Set<Service>();
  let isInOrder = true;
  for (const group of hostGroups(services)) {
    const byAge = group.toSorted(bySeniority);
    isInOrder &&= byAge.every((service, at) => service === group[at]);
    for (const service of group) contested.add(service);
    const [keeper, ...losers] = byAge as [Service, ...Service[]];
    for (const loser of losers) problems.push(hostConflict(loser, keeper));
  }
  return isInOrder ? new Set() : contested;
}

function hostConflict(loser: Service, keeper: Service): Problem {
  const { app, index, backend, path } = loser;
  const label = `HAPROXY_${index}_VHOST`;
  const shared = loser.vhosts.filter((vhost) => keeper.vhosts.includes(vhost)).join(', ');
  const where = `${shared}${path === undefined ? '' : ` with path ${path}`}`;
  const who = keeper.app === app ? `service ${keeper.index} of the same app` : `${keeper.app}, whose definition is older,`;
  const detail = `${where} of service ${index} is claimed by ${who} too and leads there`;
  const fix = `set ${label} to another host, or HAPROXY_${index}_PATH to another path`;
  return { code: 'vhost-conflict', app, service: backend, label, detail, fix };
}

/** Services with a host in common, and path and weight: of rules of different weight the heavier is meant to win. */
function hostGroups(services: readonly Service[]): readonly (readonly Service[])[] {
  const groups: Service[][] = [];
  // By host first, as few have it in common: keys of host, path and weight for all would have to be made, and kept.
  for (const [, sameHost] of sharing(services, ({ vhosts }) => vhosts)) {
    const byRest = new Map<string, Service[]>();
    for (const service of sameHost) {
      const rest = `${service.path ?? ''} ${service.weight}`;
      const group = byRest.get(rest);
      if (group) group.push(service);
      else byRest.set(rest, [service]);
    }
    for (const group of byRest.values()) if (group.length > 1) groups.push(group);
  }
  return groups;
}

/** Groups of services, in their order, that have a key in common, each once; single ones only where `alone` says so. */
function sharing<Key>(
  services: readonly Service[],
  keysOf: (service: Service) => readonly Key[],
  alone: (key: Key) => boolean = () => false,
): ReadonlyMap<Key, readonly Service[]> {
  const first = new Map<Key, Service>();
  const groups = new Map<Key, Service[]>();
  for (const service of services) {
    for (const key of keysOf(service)) {
      const before = first.get(key);
      if (before === undefined) {
        first.set(key, service);
        if (alone(key)) groups.set(key, [service]);
        continue;
      }
      const group = groups.get(key) ?? [before];
      if (group.at(-1) === service) continue;
      group.push(service);
      groups.set(key, group);
    }
  }
  return groups;
}

/** The same service with the same marks is the same object. */
function marked(service: Service, lostPort: boolean, contested: boolean): Service {
  if (!lostPort && !contested) return service;
  const kind = lostPort ? (contested ? 2 : 1) : 0;
  const known = variants.get(service) ?? [];
  variants.set(service, known);
  return (known[kind] ??= { ...service, ...(lostPort && { lostPort }), ...(contested && { contested }) });
}

const variants = new WeakMap<Service, Service[]>();
