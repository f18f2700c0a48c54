/** Rules of the shared frontends that no template makes: for hosts that are patterns, and with MATCH. They only choose a backend, which does the rest. */
import type { RenderSettings } from '../../config/settings.ts';
import { byWeight } from '../../model/conflicts/rule-order.ts';
import type { Service, ServiceDefinition } from '../../model/service.ts';
import {
  allHosts,
  compareHostPatterns,
  hostWords,
  isHostPattern,
  ANY_HOST,
  OTHER_REQUESTS,
} from '../../model/values/network/host-patterns.ts';
import { pathsIn } from '../../model/values/paths.ts';
import { pathWords } from '../../model/values/path-types.ts';
import { DOMAIN_MAP } from '../files/map.ts';
import type { Block, Owner } from '../document.ts';
import { type RuledService, withCanaries } from './canaries.ts';
import { requestTest } from './request-tests.ts';
import type { Rules } from './rules.ts';

/** What of a service its rules are made of. */
interface Ruled {
  readonly owner: Owner;
  readonly service: Omit<Service, 'servers'>;
  /** The lines that choose between it and its canaries. */
  readonly choice: string;
}

/** What the host of a request is taken from: the Host header, or the name in the TLS hello. */
export type HostSample = 'host' | 'sni';

/** Returns what the shared HTTPS frontend looks at. */
export function sampleOf({ defaults }: RenderSettings): HostSample {
  return defaults.httpsRouting === 'host' ? 'host' : 'sni';
}

/**
 * Returns the rules for patterns, which come after all rules for host names; `isWanted`: those that can be reached there. `unless`: what holds
 * for requests that a later rule takes.
 */
export function patternRules(
  fragments: readonly Ruled[],
  sample: HostSample,
  { isWanted = () => true, unless }: { readonly isWanted?: (pattern: string) => boolean; readonly unless?: string } = {},
): readonly Block[] {
  const byPattern = new Map<string, Ruled[]>();
  for (const fragment of fragments) {
    for (const pattern of fragment.service.hostPatterns ?? []) {
      if (!isWanted(pattern)) continue;
      const known = byPattern.get(pattern);
      if (known) known.push(fragment);
      else byPattern.set(pattern, [fragment]);
    }
  }
  return [...byPattern]
    .sort(([one], [other]) => compareHostPatterns(one, other))
    .flatMap(([pattern, claiming]) =>
      byWeight(claiming, ({ service }) => service.weight).map(({ owner, service }): Block => ({
        owner,
        text: ruleLines(service, [pattern], sample, unless),
      })),
    );
}

/** Returns the rules of a service with MATCH for host names. Returns undefined if there are none. */
export function matchRules(service: RuledService, hosts: readonly string[], sample: HostSample): Rules | undefined {
  return hosts.length === 0 ? undefined : { text: ruleLines(service, hosts, sample), once: false };
}

/** Returns the lines that choose between services with hosts and their canaries, to stand before the rules. */
export function choicesOf(fragments: readonly Ruled[]): readonly Block[] {
  return fragments.flatMap(({ owner, service, choice }) =>
    choice === '' || allHosts(service).length === 0 ? [] : [{ owner, text: choice }],
  );
}

/** Returns the rules that lead requests for some hosts of a service to its backend: lines of few words, as HAProxy reads 64 of them. */
function ruleLines(service: RuledService, hosts: readonly string[], sample: HostSample, unless?: string): string {
  const isDefault = hosts[0] === OTHER_REQUESTS;
  const conditions: readonly (readonly string[])[] = (isDefault ? [[]] : conditionsOf(service, hosts, sample)).map((tests) =>
    unless === undefined ? tests : [`!${unless}`, ...tests],
  );
  const lines = conditions.map(
    (tests) => `  use_backend ${service.backend}${tests.length === 0 ? '' : ` if ${tests.join(' ')}`}\n`,
  );
  return withCanaries(lines.join(''), service);
}

/** Returns the conditions of which one must hold for a request: each is a list of tests that must all hold. */
export function conditionsOf(
  service: ServiceDefinition,
  hosts: readonly string[],
  sample: HostSample,
): readonly (readonly string[])[] {
  const most = service.match === undefined ? PART : PART / 2;
  const match = service.match?.rules.map(requestTest) ?? [];
  const paths = pathTests(service, most);
  return hostTests(hosts, sample, most).flatMap((host) => paths.map((path) => [...host, ...path, ...match]));
}

/**
 * Returns the test whether the map of hosts has that of a request. A look-up that finds nothing ends HAProxy's search for a backend, so that
 * other rules stand before it.
 */
export function isInMap(sample: HostSample, haproxyDir: string): string {
  const name = sample === 'sni' ? 'ssl_fc_sni' : 'req.hdr(host),field(1,:)';
  return `{ ${name},lower,map(${haproxyDir}/${DOMAIN_MAP}) -m found }`;
}

/** Returns the tests of which one must hold for the host; a test is no word if it always holds. */
function hostTests(hosts: readonly string[], sample: HostSample, most: number): readonly (readonly string[])[] {
  if (hosts.includes(ANY_HOST)) return [[]];
  const fetch = sample === 'sni' ? 'ssl_fc_sni' : 'req.hdr(host),field(1,:)';
  const names = hosts.filter((host) => !isHostPattern(host));
  const patterns = hosts.filter(isHostPattern).map((pattern) => [`{ ${fetch} -i ${hostWords(pattern)} }`]);
  return [...inParts(names, most).map((part) => [`{ ${fetch} -i ${part.join(' ')} }`]), ...patterns];
}

/** Returns the tests of which one must hold for the path. */
function pathTests({ path, pathType }: ServiceDefinition, most: number): readonly (readonly string[])[] {
  if (path === undefined) return [[]];
  const paths = pathsIn(path);
  const flags = path.split(' ').slice(0, -paths.length);
  const sample = pathType === undefined ? 'path_beg' : 'path';
  return inParts(paths, most).map((part) => [`{ ${sample} ${pathWords([...flags, ...part].join(' '), pathType)} }`]);
}

function inParts(words: readonly string[], most: number): readonly (readonly string[])[] {
  const parts: (readonly string[])[] = [];
  for (let at = 0; at < words.length; at += most) parts.push(words.slice(at, at + most));
  return parts;
}

const PART = 8;
