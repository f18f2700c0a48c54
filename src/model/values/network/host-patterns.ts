/** Hosts that are no names: `*.example.com`, `~^regex`, and any host. */

/** Matches any host: for a service with a PATH and without a VHOST. */
export const ANY_HOST = '*';

/** Any host and any path that no service has: of the service that `--default-app` names. It stands in no label. */
export const OTHER_REQUESTS = '**';

/** Returns whether a host of a service is none that a request can name as it is. */
export function isHostPattern(host: string): boolean {
  return host.startsWith('*') || host.startsWith('~');
}

/** Returns the hosts and the patterns of a service. */
export function allHosts({ vhosts, hostPatterns }: Hosts): readonly string[] {
  return hostPatterns === undefined ? vhosts : [...vhosts, ...hostPatterns];
}

interface Hosts {
  readonly vhosts: readonly string[];
  readonly hostPatterns?: readonly string[] | undefined;
}

/** Returns a host in the words of a message. */
export function describeHost(host: string): string {
  return host === ANY_HOST ? 'any host' : host;
}

/** Returns the words of an ACL after a sample of the host without its port, and `-i`. */
export function hostWords(host: string): string {
  if (host === ANY_HOST) return '-m found';
  if (host.startsWith('*')) return `-m end ${host.slice(1)}`;
  return host.startsWith('~') ? `-m reg ${host.slice(1)}` : host;
}

/** Returns the wildcard for one label that a name is below: `*.example.com` for `a.example.com`. */
export function wildcardOf(host: string): string {
  return `*${host.slice(host.indexOf('.'))}`;
}

/** Sorts the order of their rules: longer wildcards first, then regular expressions, then any host. */
export function compareHostPatterns(one: string, other: string): number {
  return kindOf(one) - kindOf(other) || other.length - one.length || (one < other ? -1 : one > other ? 1 : 0);
}

function kindOf(pattern: string): number {
  if (pattern === OTHER_REQUESTS) return 3;
  if (pattern === ANY_HOST) return 2;
  return pattern.startsWith('~') ? 1 : 0;
}

/** Returns whether requests for a host may be requests for a pattern; `host` can be a pattern that stands before it. */
export function mayFit(pattern: string, host: string): boolean {
  if (pattern === ANY_HOST || pattern === OTHER_REQUESTS) return true;
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1)) || host.startsWith('~');
  return isHostPattern(host) || new RegExp(pattern.slice(1), 'i').test(host);
}
