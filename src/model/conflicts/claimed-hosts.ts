/** Which hosts and paths the rules of a service ask for, as HAProxy reads them. */
import { readWords } from '../../haproxy-config/words.ts';
import { fillLoosely } from '../labels/fill-loosely.ts';
import type { Service } from '../service.ts';

export interface HostClaims {
  /** Lower-cased, each once: of the label VHOST, and of rules that labels bring along. */
  readonly hosts: readonly string[];
  readonly paths: PathSet;
}

/** Beginnings of paths. */
export interface PathSet {
  /** Equal for sets of equal effect. */
  readonly key: string;
  /** None begins with another one; `''`: every path. */
  readonly beginnings: readonly string[];
  /** Upper and lower case count as the same; `beginnings` are lower-cased then. */
  readonly ignoreCase: boolean;
}

export function hostClaims(service: Service): HostClaims {
  let claims = cache.get(service);
  if (claims === undefined) {
    claims = { hosts: hostsOf(service), paths: pathsOf(service) };
    cache.set(service, claims);
  }
  return claims;
}

/** Returns whether every path of `inner` is one of `outer` too. */
export function covers(outer: PathSet, inner: PathSet): boolean {
  if (outer === EVERY_PATH || outer.key === inner.key) return true;
  if (inner.ignoreCase && !outer.ignoreCase) return outer.beginnings[0] === '';
  return inner.beginnings.every((path) => isBegun(outer.ignoreCase ? path.toLowerCase() : path, outer.beginnings));
}

/** Returns whether `outer` has all that begins as one of the paths of `inner` does. */
export function coversPart(outer: PathSet, inner: PathSet): boolean {
  if (covers(outer, inner)) return true;
  const begins = outer.ignoreCase || inner.ignoreCase ? outer.beginnings.map((path) => path.toLowerCase()).toSorted() : undefined;
  return inner.beginnings.some((path) => {
    if (begins === undefined) return isBegun(path, outer.beginnings);
    const lower = path.toLowerCase();
    return begins.some((begin) => lower.startsWith(begin));
  });
}

/** Returns the hosts that one entry of VHOST comes to. */
export function readHosts(vhost: string): readonly string[] {
  return PLAIN.test(vhost) ? [vhost] : readWords(vhost).map((word) => word.toLowerCase());
}

const cache = new WeakMap<Service, HostClaims>();

const PLAIN = /^[a-z0-9._*:-]+$/;

const EVERY_PATH: PathSet = { key: '', beginnings: [''], ignoreCase: false };

function hostsOf({ vhosts, templates }: Service): readonly string[] {
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

function pathsOf({ path }: Service): PathSet {
  if (path === undefined) return EVERY_PATH;
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
  return { key: `${ignoreCase ? '-i ' : ''}${beginnings.join(' ')}`, beginnings, ignoreCase };
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
