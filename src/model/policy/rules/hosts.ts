import type { PolicyRule } from './policy.ts';

/**
 * Returns whether a rule has a host of an app wholly. A host with a wildcard (`*.b.example.com`) is within a wildcard that is as wide or
 * wider; one that is a regular expression (`~…`) can match anything.
 */
export function allowsHost({ hosts, regexHosts = false }: Pick<PolicyRule, 'hosts' | 'regexHosts'>, host: string): boolean {
  if (hosts === undefined || hosts.includes('*')) return true;
  if (host.startsWith('~')) return regexHosts;
  const name = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return hosts.some((allowed) => {
    if (!allowed.startsWith('*.')) return name === allowed;
    const end = allowed.slice(1);
    return name.length > end.length && name.endsWith(end);
  });
}
