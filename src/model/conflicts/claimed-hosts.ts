/** Which hosts and paths the rules of a service ask for, as HAProxy reads them. */
import { readWords } from '../../haproxy-config/words.ts';
import { fillLoosely } from '../labels/fill-loosely.ts';
import type { ServiceDefinition } from '../service.ts';
import { isHostPattern } from '../values/network/host-patterns.ts';
import { type PathType, withoutSlash } from '../values/path-types.ts';
import { ignoresCase, pathsIn } from '../values/paths.ts';
import { areApart, isImplied, matchKey, type RequestMatch } from '../values/rules/request-matches.ts';
import { literalStart } from '../values/rules/regex.ts';

export interface HostClaims {
  /** Lower-cased, each once: of the label VHOST, and of rules that labels bring along. */
  readonly hosts: readonly string[];
  readonly paths: PathSet;
}

/** A pattern for the paths of requests, and what else the requests must have. */
export interface PathSet {
  /** Equal for sets of equal effect. */
  readonly key: string;
  readonly type: PathType;
  /** Of type begin, none begins with another one, and `''` is every path. Of type regex: what all begin with that match. */
  readonly beginnings: readonly string[];
  /** Upper and lower case count as the same; `beginnings` are lower-cased then. */
  readonly ignoreCase: boolean;
  /** All of these must hold, too. */
  readonly match: readonly RequestMatch[];
}

export function hostClaims(service: ServiceDefinition): HostClaims {
  let claims = cache.get(service);
  if (claims === undefined) {
    claims = { hosts: hostsOf(service), paths: matched(pathsOf(service), service) };
    cache.set(service, claims);
  }
  return claims;
}

/** Returns whether every request of `inner` is one of `outer` too. */
export function covers(outer: PathSet, inner: PathSet): boolean {
  if (outer === EVERY_PATH || outer.key === inner.key) return true;
  if (!outer.match.every((wide) => inner.match.some((narrow) => isImplied(wide, narrow)))) return false;
  if (inner.ignoreCase && !outer.ignoreCase) return outer.type === undefined && outer.beginnings[0] === '';
  return inner.beginnings.every((path) => hasPath(outer, outer.ignoreCase ? path.toLowerCase() : path, inner.type));
}

/** Returns whether a set contains all requests that a path of another set matches. */
function hasPath({ type, beginnings }: PathSet, path: string, of: PathType): boolean {
  switch (type) {
    case undefined:
      return isBegun(path, beginnings);
    case 'prefix':
      return beginnings.some((own) => path.startsWith(`${own}/`) || (path === own && (of === 'prefix' || of === 'exact')));
    case 'exact':
      return of === 'exact' && beginnings.includes(path);
    case 'regex':
      return false;
    default:
      return type satisfies never;
  }
}

/**
 * Returns how narrow a set is: of two with one weight, the narrower one comes first if labels of this program are in play. Of several paths
 * the shortest counts.
 */
export function narrowness(paths: PathSet): number {
  return pathNarrowness(paths) + paths.match.length / 100;
}

/** Returns how narrow the paths of a set are, whatever its MATCH says. */
export function pathNarrowness({ type, beginnings }: PathSet): number {
  if (type === 'exact') return NARROWEST;
  if (type === 'regex') return 1;
  const shortest = Math.min(...beginnings.map((path) => path.length));
  return shortest === 0 ? 0 : 2 * shortest + (type === 'prefix' ? 1 : 0);
}

/** More than any path makes. */
const NARROWEST = 1e9;

/** Returns whether `outer` has all that begins as one of the paths of `inner` does, if it fits both MATCH. */
export function coversPart(outer: PathSet, inner: PathSet): boolean {
  if (covers(outer, inner)) return true;
  if (outer.match.some((one) => inner.match.some((other) => areApart(one, other)))) return false;
  if (outer.match.length > 0) return coversPart({ ...outer, match: [] }, { ...inner, match: [] });
  const isFolded = outer.ignoreCase || inner.ignoreCase;
  if (outer.type !== undefined) {
    const folded = isFolded ? { ...outer, beginnings: outer.beginnings.map((path) => path.toLowerCase()) } : outer;
    return inner.beginnings.some((path) => hasPath(folded, isFolded ? path.toLowerCase() : path, inner.type));
  }
  const begins = isFolded ? outer.beginnings.map((path) => path.toLowerCase()).toSorted() : undefined;
  return inner.beginnings.some((path) => {
    if (begins === undefined) return isBegun(path, outer.beginnings);
    const lower = path.toLowerCase();
    return begins.some((begin) => lower.startsWith(begin));
  });
}

/** Returns whether two services ask for the same requests of a host, written alike. */
export function isSameClaim(one: ServiceDefinition, other: ServiceDefinition): boolean {
  const matches = [one, other].map(({ match }) => matchKey(match?.rules ?? []));
  return one.path === other.path && one.pathType === other.pathType && matches[0] === matches[1];
}

/** Returns the hosts that one entry of VHOST comes to. */
export function readHosts(vhost: string): readonly string[] {
  return PLAIN.test(vhost) || isHostPattern(vhost) ? [vhost] : readWords(vhost).map((word) => word.toLowerCase());
}

const cache = new WeakMap<ServiceDefinition, HostClaims>();

const PLAIN = /^[a-z0-9._*:-]+$/;

const EVERY_PATH: PathSet = { key: '', type: undefined, beginnings: [''], ignoreCase: false, match: [] };

/** All connections for a host. */
const WHOLE_HOST: PathSet = { ...EVERY_PATH, key: 'tls' };

function matched(paths: PathSet, { match, tlsPassthrough }: ServiceDefinition): PathSet {
  if (tlsPassthrough) return WHOLE_HOST;
  if (match === undefined) return paths;
  return { ...paths, key: `${paths.key} match ${matchKey(match.rules)}`, match: match.rules };
}

function hostsOf(service: ServiceDefinition): readonly string[] {
  const names = namesOf(service);
  return service.hostPatterns === undefined ? names : [...names, ...service.hostPatterns];
}

function namesOf({ vhosts, templates }: ServiceDefinition): readonly string[] {
  if (vhosts.length < 2 && vhosts.every((vhost) => PLAIN.test(vhost)) && isEmpty(templates)) return vhosts;
  const hosts = new Set(vhosts.flatMap(readHosts));
  for (const name in templates) {
    if (!/^(?:MAP_)?HTTPS?_FRONTEND_/.test(name)) continue;
    const text = fillLoosely(templates[name] as string, { hostname: vhosts.join(' ') });
    for (const line of text.split('\n')) for (const host of hostsIn(readWords(line))) hosts.add(host);
  }
  return [...hosts];
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}

/** Samples of the host of a request. */
const HOST_SAMPLE = /^(?:req\.)?f?hdr[a-z_]*\(\s*host\b|^ssl_fc_sni|^req[._]ssl_sni/i;

/** Flags of a list of patterns that take a word. */
const WITH_WORD = new Set(['-m', '-f', '-M', '-u']);

/** Returns the hosts that an ACL, or a test in braces, lists. */
function hostsIn(words: readonly string[]): readonly string[] {
  const hosts: string[] = [];
  let isListed = false;
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] as string;
    const isSample = words[at - 1] === '{' || (at === 2 && words[0] === 'acl');
    if (isSample) isListed = HOST_SAMPLE.test(word);
    else if (word === '}') isListed = false;
    else if (isListed && WITH_WORD.has(word)) at += 1;
    else if (isListed && !word.startsWith('-')) hosts.push(word.toLowerCase());
  }
  return hosts;
}

function pathsOf({ path, pathType }: ServiceDefinition): PathSet {
  if (path === undefined) return EVERY_PATH;
  if (pathType !== undefined) return typedPaths(path, pathType);
  const words = readWords(path);
  const flags = words.slice(
    0,
    Math.max(
      0,
      words.findIndex((word) => !word.startsWith('-')),
    ),
  );
  const ignoreCase = flags.includes('-i');
  const patterns = words.slice(flags.length).map((word) => (ignoreCase ? word.toLowerCase() : word));
  // Every path begins with a slash.
  if (patterns.some((pattern) => pattern === '/' || pattern === '')) return EVERY_PATH;
  const beginnings: string[] = [];
  // Sorted, one that begins with another comes right after those that begin with it too.
  for (const pattern of patterns.toSorted()) if (!isBegun(pattern, beginnings.slice(-1))) beginnings.push(pattern);
  return { key: `${ignoreCase ? '-i ' : ''}${beginnings.join(' ')}`, type: undefined, beginnings, ignoreCase, match: [] };
}

function typedPaths(path: string, type: Exclude<PathType, undefined>): PathSet {
  const ignoreCase = ignoresCase(path);
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const own = pathsIn(path).map((each) => (type === 'regex' ? each : fold(type === 'prefix' ? withoutSlash(each) : each)));
  if (type === 'prefix' && own.includes('')) return EVERY_PATH;
  const patterns = [...new Set(own)].sort();
  const beginnings = type === 'regex' ? patterns.map((each) => fold(literalStart(each))) : patterns;
  return { key: `${type} ${ignoreCase ? '-i ' : ''}${patterns.join(' ')}`, type, beginnings, ignoreCase, match: [] };
}

function isBegun(path: string, beginnings: readonly string[]): boolean {
  if (beginnings.length === 1) return path.startsWith(beginnings[0] as string);
  // The last one that is not above the path: `beginnings` are sorted and none begins with another.
  let [low, high] = [0, beginnings.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((beginnings[middle] as string) <= path) low = middle + 1;
    else high = middle;
  }
  return low > 0 && path.startsWith(beginnings[low - 1] as string);
}
