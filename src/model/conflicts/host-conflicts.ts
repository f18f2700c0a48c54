/** Hosts and paths that several services claim. */
import { covers, coversPart, hostClaims, narrowness, pathNarrowness, type PathSet, readHosts } from './claimed-hosts.ts';
import { coverings } from '../lint/coverings.ts';
import { byStanding, type Holders, isHolder, rightOf, whyFirst } from './holders.ts';
import { isNeighbour } from '../neighbours.ts';
import type { Problem } from '../problem.ts';
import type { Service } from '../service.ts';
import { sharing } from '../../lib/share-key.ts';
import { ANY_HOST, describeHost, isHostPattern } from '../values/network/host-patterns.ts';

export interface HostConflicts {
  /** The places of services in the order of the contested rules; empty if that is the order of the document anyway. */
  readonly places: ReadonlyMap<Service, number>;
  /** Hosts that the rules of a service must not name, as its place does not keep them from their holders. */
  readonly without: ReadonlyMap<Service, ReadonlySet<string>>;
  /** Weights that count in place of the services' own. */
  readonly weights: ReadonlyMap<Service, number>;
  /** Services that have the older right to what their key in here says. */
  readonly won: ReadonlyMap<string, string>;
  /** What was reported: `lostKey` of a service and a host, `pairKey` of a service and one that covers it. */
  readonly told: ReadonlySet<string>;
}

/** Returns the key of a service that another one with the same paths keeps from a host. */
export function lostKey({ app, index }: Service, host: string): string {
  return `${app}#${index} ${host}`;
}

/** Returns the key of a service and one that covers it. */
export function pairKey(loser: Service, winner: Service): string {
  return `${loser.app}#${loser.index} ${winner.app}#${winner.index}`;
}

/**
 * Decides whose rule for a host comes first. `obeyWeights`: a heavier rule comes before that of the holder, as with 1.15, and that is only
 * reported. Without that the other one has no rule for what it shares with its holder: even one that comes later could ask for a password.
 */
export function resolveHosts(
  services: readonly Service[],
  holders: Holders,
  obeyWeights: boolean,
  problems: Problem[],
): HostConflicts {
  const pairs: Pair[] = [];
  const dropped = new Map<Service, Set<string>>();
  const won = new Map<string, string>();
  const told = new Set<string>();
  const groups = sharing(services, (service) => hostClaims(service).hosts);
  for (const service of services) {
    const { hosts, paths } = hostClaims(service);
    for (const host of hosts) if (!groups.has(host)) won.set(hostClaim(host, paths), service.app);
  }
  for (const [host, group] of groups) resolveGroup({ host, group, holders, obeyWeights, problems, pairs, dropped, won, told });
  const { places, without } = placesOf(services, pairs, holders, dropped);
  return { places, without, weights: obeyWeights ? NO_WEIGHTS : lowered(pairs), won, told };
}

const NO_WEIGHTS: ReadonlyMap<Service, number> = new Map();

/** Returns weights with which none is above that of a service with the older right. */
function lowered(pairs: readonly Pair[]): ReadonlyMap<Service, number> {
  const weights = new Map<Service, number>();
  const weightOf = (service: Service): number => weights.get(service) ?? service.weight;
  // What lowers one can lower those after it.
  for (let isStable = false; !isStable;) {
    isStable = true;
    for (const { first, second } of pairs) {
      if (weightOf(second) <= weightOf(first)) continue;
      weights.set(second, weightOf(first));
      isStable = false;
    }
  }
  return weights;
}

/** `first` has the older right to a host that the rules of `second` would take from it. */
interface Pair {
  readonly host: string;
  readonly first: Service;
  readonly second: Service;
  /** `first` held it before. */
  readonly isHeld: boolean;
  /** They claim the same: without the host `second` loses nothing that it could have. */
  readonly isWhole: boolean;
}

/** Returns the claim on paths of a host. */
export function hostClaim(host: string, paths: PathSet): string {
  return `host ${host} ${paths.key}`;
}

interface Group {
  readonly host: string;
  readonly group: readonly Service[];
  readonly holders: Holders;
  readonly obeyWeights: boolean;
  readonly problems: Problem[];
  readonly pairs: Pair[];
  /** Hosts that a service loses to their holders, at any place in the order. */
  readonly dropped: Map<Service, Set<string>>;
  readonly won: Map<string, string>;
  readonly told: Set<string>;
}

function resolveGroup({ host, group: all, holders, obeyWeights, problems, pairs, dropped, won, told }: Group): void {
  const holds = (service: Service): boolean => isHolder(holders, hostClaim(host, hostClaims(service).paths), service.app);
  const group = all.some(({ tlsPassthrough }) => tlsPassthrough) ? ofOneKind() : all;
  const byKey = new Map<string, Service[]>();
  // What a regular expression or MATCH has is not known: it could be all that an app with the older right claims.
  const isLost = (service: Service): boolean => {
    const { paths } = hostClaims(service);
    if (obeyWeights || (paths.type !== 'regex' && paths.match.length === 0)) return false;
    const older = group.filter((other) => other.app !== service.app && byStanding(holds)(other, service) < 0);
    const byPath = paths.type === 'regex' ? older[0] : undefined;
    const keeper = byPath ?? older.find((other) => isNarrowedByMatch(service, other) && !isNeighbour(service.app, other.app));
    if (keeper === undefined) return false;
    drop(dropped, service, host);
    told.add(lostKey(service, host));
    problems.push(unknownPart(service, keeper, host, byPath === undefined ? 'MATCH' : 'PATH_TYPE'));
    return true;
  };
  for (const service of group.filter((each) => !isLost(each)).toSorted(byStanding(holds))) {
    const { key } = hostClaims(service).paths;
    const same = byKey.get(key);
    if (same) same.push(service);
    else byKey.set(key, [service]);
  }
  // TLS connections for a host are passed on to one service, or terminated for all others.
  function ofOneKind(): readonly Service[] {
    const [keeper, ...others] = all.toSorted(byStanding(holds)) as [Service, ...Service[]];
    const lost = others.filter(({ tlsPassthrough }) => keeper.tlsPassthrough || tlsPassthrough);
    for (const loser of lost) {
      drop(dropped, loser, host);
      told.add(lostKey(loser, host));
      problems.push(tlsConflict(loser, keeper, host));
    }
    return all.filter((service) => !lost.includes(service));
  }
  const takers = new Set<Service>();
  const reportConflict = (loser: Service, keeper: Service): void => {
    told.add(lostKey(loser, host));
    problems.push(hostConflict(loser, keeper, host));
  };
  const reportTakeover = (taker: Service, keeper: Service): void => {
    takers.add(taker);
    told.add(pairKey(keeper, taker));
    problems.push(takeover(taker, keeper, host));
  };
  const add = (first: Service, second: Service, isWhole: boolean): void => {
    pairs.push({ host, first, second, isHeld: holds(first), isWhole });
  };
  for (const same of byKey.values()) {
    const [keeper, ...others] = same as [Service, ...Service[]];
    won.set(hostClaim(host, hostClaims(keeper).paths), keeper.app);
    for (const other of others) {
      const isObeyed = other.weight !== keeper.weight && (obeyWeights || other.app === keeper.app);
      if (!isObeyed) {
        if (obeyWeights || other.app === keeper.app) add(keeper, other, true);
        else drop(dropped, other, host);
        if (other.weight === keeper.weight || other.app !== keeper.app) reportConflict(other, keeper);
      } else if (other.weight > keeper.weight && other.app !== keeper.app) reportTakeover(other, keeper);
      else if (other.app !== keeper.app) reportConflict(other, keeper);
    }
  }
  if (byKey.size === 1) return;
  for (const [wide, narrow] of coverings(byKey, true)) {
    for (const other of wide) {
      const [keeper] = narrow as [Service, ...Service[]];
      if (other.app === keeper.app || byStanding(holds)(other, keeper) < 0) continue;
      // For a pattern the backend asks for the password, and only for what is led there; what MATCH leads elsewhere is not asked for it.
      const isMatched = other.match !== undefined || keeper.match !== undefined;
      if (!obeyWeights && other.auth !== undefined && !isHostPattern(host) && !isMatched) {
        drop(dropped, other, host);
        problems.push(password(other, keeper, host));
        continue;
      }
      if (other.weight < keeper.weight) continue;
      const isHeavier = other.weight > keeper.weight;
      if (isNarrowedBy(other, keeper)) continue;
      const isWide = covers(hostClaims(other).paths, hostClaims(keeper).paths);
      if (!isHeavier && obeyWeights && !isWide && !isAsNarrow(other, keeper)) continue;
      if (!isHeavier || !obeyWeights) add(keeper, other, false);
      if (isHeavier && !takers.has(other)) reportTakeover(other, keeper);
    }
  }
}

/** Returns whether a rule with MATCH takes a part of the requests of another service, as it is the narrower one. */
function isNarrowedBy(service: Service, other: Service): boolean {
  const [own, theirs] = [hostClaims(service).paths, hostClaims(other).paths];
  return own.match.length > 0 && narrowness(own) > narrowness(theirs) && coversPart(theirs, own);
}

/** Returns whether it does so by its MATCH only: a narrower path comes first anyway. */
function isNarrowedByMatch(service: Service, other: Service): boolean {
  return pathNarrowness(hostClaims(service).paths) <= pathNarrowness(hostClaims(other).paths) && isNarrowedBy(service, other);
}

/** Returns whether only the right of two services decides which of their rules with MATCH comes first. */
function isAsNarrow(one: Service, other: Service): boolean {
  const [own, theirs] = [hostClaims(one).paths, hostClaims(other).paths];
  return own.match.length > 0 && narrowness(own) === narrowness(theirs);
}

function drop(dropped: Map<Service, Set<string>>, service: Service, host: string): void {
  const hosts = dropped.get(service);
  if (hosts) hosts.add(host);
  else dropped.set(service, new Set([host]));
}

function placesOf(
  services: readonly Service[],
  pairs: readonly Pair[],
  holders: Holders,
  dropped: ReadonlyMap<Service, ReadonlySet<string>>,
): Pick<HostConflicts, 'places' | 'without'> {
  const contested = new Set(pairs.flatMap(({ first, second }) => [first, second]));
  const winners = new Set(pairs.filter(({ isHeld }) => isHeld).map(({ first }) => first));
  const ordered = [...contested].sort(byStanding((service) => winners.has(service)));
  const places = new Map(ordered.map((service, at) => [service, at + 1]));
  const placeOf = (service: Service): number => places.get(service) ?? 0;
  const without = new Map(Array.from(dropped, ([service, hosts]) => [service, new Set(hosts)] as const));
  // Two that each keep a host from the other cannot both stand first.
  for (const { host, first, second, isWhole } of pairs) {
    if (!isWhole || holders.size === 0 || placeOf(first) < placeOf(second)) continue;
    const hosts = without.get(second);
    if (hosts) hosts.add(host);
    else without.set(second, new Set([host]));
  }
  const inDocument = services.filter((service) => contested.has(service));
  const isInOrder = ordered.every((service, at) => service === inDocument[at]);
  return { places: isInOrder ? new Map() : places, without };
}

/** Returns the entries of VHOST without those that come to one of the hosts. */
export function hostsWithout(
  { vhosts, hostPatterns }: Service,
  hosts: ReadonlySet<string>,
): Pick<Service, 'vhosts' | 'hostPatterns'> {
  const left = hostPatterns?.filter((pattern) => !hosts.has(pattern)) ?? [];
  return {
    vhosts: vhosts.filter((vhost) => !readHosts(vhost).some((host) => hosts.has(host))),
    hostPatterns: left.length === 0 ? undefined : left,
  };
}

/** Returns in words that a host of one service leads to another one, and why: the same in a problem and in an explanation. */
export function claimedBy(keeper: Service, loser: Service): string {
  const who = keeper.app === loser.app ? `service ${keeper.index} of the same app` : `${keeper.app}, ${whyFirst(keeper, loser)},`;
  return `is also claimed by ${who} and leads there`;
}

function hostConflict(loser: Service, keeper: Service, host: string): Problem {
  const { app, index, backend, path } = loser;
  const label = `HAPROXY_${index}_${host === ANY_HOST ? 'PATH' : 'VHOST'}`;
  const where = `${describeHost(host)}${path === undefined ? '' : ` with path ${path}`}`;
  const detail = `${where} of service ${index} ${claimedBy(keeper, loser)}`;
  const otherHost = `HAPROXY_${index}_VHOST to ${host === ANY_HOST ? 'a host' : 'another host'}`;
  const fix = `set ${otherHost}, or HAPROXY_${index}_PATH to another path`;
  return { code: 'vhost-conflict', app, service: backend, label, detail, fix };
}

function tlsConflict(loser: Service, keeper: Service, host: string): Problem {
  const { app, index, backend } = loser;
  const label = `HAPROXY_${index}_VHOST`;
  const passing = loser.tlsPassthrough ? loser : keeper;
  const detail = `${host} of service ${index} ${claimedBy(keeper, loser)}: as HAPROXY_${passing.index}_TLS_PASSTHROUGH${passing === loser ? '' : ` of ${keeper.app}`} passes whole connections on, only one of them can have the host`;
  return { code: 'vhost-conflict', app, service: backend, label, detail, fix: `set ${label} to another host` };
}

/** `name`: the label of which nobody knows how much it takes. */
function unknownPart(loser: Service, keeper: Service, host: string, name: 'PATH_TYPE' | 'MATCH'): Problem {
  const { app, index, backend } = loser;
  const label = `HAPROXY_${index}_${name}`;
  const why = name === 'MATCH' ? `its ${label} could match requests` : 'its regular expressions could match paths';
  const detail = `${describeHost(host)} of service ${index} does not lead there: ${why} of ${keeper.app}, ${rightOf(keeper, loser)}`;
  const fix = `set HAPROXY_${index}_VHOST to another host, or ${name === 'MATCH' ? `HAPROXY_${index}_PATH to paths of its own` : `${label} to prefix or exact`}`;
  return { code: 'vhost-conflict', app, service: backend, label, detail, fix };
}

function password(taker: Service, keeper: Service, host: string): Problem {
  const { app, index, backend } = taker;
  const label = `HAPROXY_${index}_AUTH`;
  const detail = `${host} of service ${index} does not lead there: its ${label} would ask for a password on the paths of ${keeper.app} too`;
  const fix = `set HAPROXY_${index}_VHOST to another host, or HAPROXY_${index}_PATH to paths of its own`;
  return { code: 'vhost-conflict', app, service: backend, label, detail, fix };
}

function takeover(taker: Service, keeper: Service, host: string): Problem {
  const { app, index, backend, weight, path } = taker;
  const where = `${describeHost(host)}${path === undefined ? '' : ` with path ${path}`}`;
  const theirs = keeper.path === undefined ? 'all of it' : `the path ${keeper.path}`;
  const isWide = covers(hostClaims(taker).paths, hostClaims(keeper).paths);
  const detail = `${where} of service ${index} has weight ${weight} and covers ${isWide ? '' : 'a part of '}what ${keeper.app} claims with weight ${keeper.weight}: ${theirs}`;
  const fix = `set HAPROXY_${index}_VHOST to another host, or HAPROXY_${index}_BACKEND_WEIGHT below ${keeper.weight} if the other app is to keep its requests`;
  return { code: 'vhost-conflict', app, service: backend, label: `HAPROXY_${index}_BACKEND_WEIGHT`, detail, fix };
}
