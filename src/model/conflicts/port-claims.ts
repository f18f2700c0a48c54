/** Ports that only one frontend can have. */
import type { ModelSettings } from '../../config/settings.ts';
import { byStanding, type Holders, isHolder, rightOf } from './holders.ts';
import { bindsAt, isOverlapping, type OwnBind, ownBinds } from './own-binds.ts';
import type { Problem } from '../problem.ts';
import { isOfOneAge } from './precedence.ts';
import type { Service } from '../service.ts';
import { allHosts } from '../values/network/host-patterns.ts';
import { sharing } from '../../lib/share-key.ts';

export interface PortClaims {
  /** Services that have no frontend of their own. */
  readonly lost: ReadonlySet<Service>;
  /** Claims of the others. */
  readonly won: ReadonlyMap<Service, readonly string[]>;
}

/** Decides who keeps a port that several services, or the program itself, claim. */
export function resolvePorts(
  services: readonly Service[],
  frontends: ModelSettings['frontends'],
  holders: Holders,
  problems: Problem[],
): PortClaims {
  const { reserved, own } = frontends ?? { reserved: [], own: true };
  const lost = new Set<Service>();
  const taken = reserved.map(({ address, port, option }) => ({ binds: bindsAt(address, port), port, option }));
  const reservedPorts = new Set(taken.map(({ port }) => port));
  const bindsOn = (service: Service, port: number): readonly OwnBind[] =>
    ownBinds(service, own).filter(({ first, last }) => first <= port && port <= last);
  const portsOf = (service: Service): readonly number[] => {
    const ports = portsIn(ownBinds(service, own));
    if (ports !== undefined) return ports;
    lost.add(service);
    problems.push(tooManyPorts(service));
    return [];
  };
  const groups = sharing(services, portsOf, (port) => reservedPorts.has(port));
  for (const [port, group] of groups) {
    const holds = (service: Service): boolean =>
      bindsOn(service, port).every(({ host }) => claimsOf(port, host).some((claim) => isHolder(holders, claim, service.app)));
    // Both had the port before, or neither did: as with 1.15, two of one age bind the port and share its connections.
    const isPeer = (keeper: Service, service: Service): boolean =>
      keeper.app !== service.app && holds(keeper) === holds(service) && (holds(keeper) || isOfOneAge(keeper, service));
    const keepers: Service[] = [];
    const told = new Set<Service>();
    for (const service of group.toSorted(byStanding(holds))) {
      const binds = bindsOn(service, port);
      const label = labelOf(binds);
      const program = taken.find((each) => each.port === port && isOverlapping(each.binds, binds));
      const keeper = keepers.find((each) => isOverlapping(bindsOn(each, port), binds));
      if (!program && (!keeper || isPeer(keeper, service))) keepers.push(service);
      else lost.add(service);
      if (program) problems.push(portConflict(service, port, label, { kind: 'program', option: program.option }));
      else if (keeper && isPeer(keeper, service)) {
        // Once is enough: there may be hundreds.
        if (!told.has(keeper))
          problems.push(portConflict(keeper, port, labelOf(bindsOn(keeper, port)), { kind: 'peer', app: service.app }));
        told.add(keeper);
        problems.push(portConflict(service, port, label, { kind: 'peer', app: keeper.app }));
      } else if (keeper) {
        problems.push(portConflict(service, port, label, { kind: 'service', app: keeper.app, right: rightOf(keeper, service) }));
      }
    }
  }
  const won = new Map<Service, readonly string[]>();
  for (const service of services) if (!lost.has(service)) won.set(service, ownClaims(service, own));
  return { lost, won };
}

const MOST_PORTS = 4096;

/** Returns undefined if there are too many. */
function portsIn(binds: readonly OwnBind[]): readonly number[] | undefined {
  const [bind] = binds;
  if (bind !== undefined && binds.length === 1 && bind.first === bind.last) return [bind.first];
  const ports = new Set<number>();
  for (const { first, last } of binds) {
    if (last - first >= MOST_PORTS) return undefined;
    for (let port = first; port <= last; port += 1) ports.add(port);
    if (ports.size > MOST_PORTS) return undefined;
  }
  return [...ports];
}

/** Returns the claims that stand for a port of an address: who holds it on all addresses holds it on each. */
function claimsOf(port: number, host: string): readonly string[] {
  return [host, '0.0.0.0', '::'].map((each) => claimOf(port, each));
}

function claimOf(port: number, host: string): string {
  return `port ${port} ${host}`;
}

const cache = new WeakMap<readonly OwnBind[], readonly string[]>();

function ownClaims(service: Service, own: boolean): readonly string[] {
  const binds = ownBinds(service, own);
  let claims = cache.get(binds);
  if (claims === undefined) {
    const [bind] = binds;
    const isOne = bind !== undefined && binds.length === 1 && bind.first === bind.last;
    claims = isOne
      ? [claimOf(bind.first, bind.host)]
      : binds.flatMap(({ host, first, last }) =>
          Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => claimOf(first + at, host)),
        );
    cache.set(binds, claims);
  }
  return claims;
}

function labelOf(binds: readonly OwnBind[]): string {
  return binds[0]?.label ?? 'PORT';
}

type Holder =
  | { readonly kind: 'program'; readonly option: string }
  /** `peer`: the other service also has the port if it has its own frontend. */
  | { readonly kind: 'peer'; readonly app: string }
  | { readonly kind: 'service'; readonly app: string; readonly right: string };

function portConflict(service: Service, port: number, name: string, holder: Holder): Problem {
  const { app, index, backend } = service;
  const label = `HAPROXY_${index}_${name}`;
  const fix = name === 'PORT' ? `set ${label} to a free port` : `take the port out of ${label}`;
  const problem = { code: 'port-conflict', app, service: backend, label, fix } as const;
  if (holder.kind === 'peer') {
    const detail = `port ${port} of service ${index} is bound by ${holder.app} too, whose definition is of the same time: HAProxy shares its connections between the two at random`;
    return { ...problem, detail };
  }
  const other = holder.kind === 'program' ? `the load balancer itself (${holder.option})` : `${holder.app}, ${holder.right}`;
  return { ...problem, detail: `port ${port} of service ${index} is taken by ${other}; ${effectOf(service)}` };
}

function tooManyPorts(service: Service): Problem {
  const { app, index, backend } = service;
  const detail = `the frontend of service ${index} binds more than ${MOST_PORTS} ports; ${effectOf(service)}`;
  return { code: 'port-conflict', app, service: backend, label: `HAPROXY_${index}_BIND_ADDR`, detail, fix: 'bind fewer ports' };
}

function effectOf(service: Service): string {
  const ways = [allHosts(service).length > 0 ? 'its hosts' : '', service.mode === 'http' ? 'its app id' : '']
    .filter(Boolean)
    .join(' and ');
  return ways === '' ? 'it cannot be reached' : `it is reached by ${ways} only`;
}
