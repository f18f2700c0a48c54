import { parseNetworks } from '../network/addresses.ts';
import type { Parsed } from '../parsed.ts';
import { parseRules, type ReadRule, type Rules, splitRules } from './rules.ts';

/** Networks, for all requests or for a path and what is below it. */
export interface NetworkRule {
  readonly path?: string | undefined;
  readonly networks: readonly string[];
}

/** Reads ALLOW and DENY: networks, in rules that may begin with a path. */
export function parseNetworkRules(text: string): Parsed<Rules<NetworkRule>> {
  return parseRules(splitRules(text), 20, readNetworkRule);
}

/** Reads networks, separated by commas or blanks. */
export function parseNetworkList(text: string): Parsed<string> {
  const parsed = parseNetworks(text.replaceAll(',', ' '));
  return 'must' in parsed ? { must: 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas' } : parsed;
}

function readNetworkRule(text: string): ReadRule<NetworkRule> {
  const [, path, list = ''] = /^(\/\S*)?(.*)$/.exec(text) ?? [];
  const parsed = parseNetworkList(list);
  if ('must' in parsed)
    return { must: 'must have rules of networks such as 10.0.0.0/8, 192.168.1.7; before them, a path such as /admin' };
  const networks = parsed.value.split(' ');
  if (networks.length > 1000) return { must: `must have rules of at most 1000 networks, not ${networks.length}` };
  const bare = path?.replace(/\/+$/, '') ?? '';
  if (!PATH.test(bare)) return { must: 'must have paths of letters, digits and ._~!&()*+,=:@/-' };
  return bare === ''
    ? { rule: { networks }, text: parsed.value }
    : { rule: { path: bare, networks }, text: `${bare} ${parsed.value}` };
}

/** Without `%`: paths are compared as they are after decoding. */
const PATH = /^[A-Za-z0-9._~!&()*+,=:@/-]{0,500}$/;
