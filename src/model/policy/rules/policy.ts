/** The rights of the apps of a team: the rules of the policy file (`--policy`, `docs/reference/policy.md`). */
import { plural } from '../../../lib/text/plural.ts';

export interface Policy {
  /** Path of the file. */
  readonly file: string;
  /** By prefix, in lower case. */
  readonly rules: ReadonlyMap<string, PolicyRule>;
}

/** A field that is left out sets no limit. */
export interface PolicyRule {
  /** The rule counts for the app with this id and for those below it, unless a longer prefix does. */
  readonly prefix: string;
  /** Names such as `a.example.com`, and `*.a.example.com` for all that are below; `*` for all. */
  readonly hosts?: readonly string[] | undefined;
  /** A host may be any regular expression. */
  readonly regexHosts?: boolean | undefined;
  /** `/a` allows `/a` and all below it; `/a*` allows all paths that begin with `/a`. */
  readonly paths?: readonly string[] | undefined;
  readonly ports?: readonly PortRange[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly labels?: LabelList | undefined;
  readonly rawTemplates?: RawTemplates | undefined;
  readonly limits?: AppLimits | undefined;
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Names without `HAPROXY_` and number; with `*` at its end, a name matches all that begin like it. */
export type LabelList = { readonly allow: readonly string[] } | { readonly deny: readonly string[] };

/** Raw templates of labels: as `--label-policy` has them; only what `--label-policy safe` allows; none. */
export type RawTemplates = 'allowed' | 'safe' | 'off';

/** Hosts and servers of one service port, and service ports of one app. */
export interface AppLimits {
  readonly vhosts?: number | undefined;
  readonly ports?: number | undefined;
  readonly servers?: number | undefined;
}

/** Returns the rule with the longest prefix that the id of an app has; undefined: no rule counts for it. */
export function ruleFor(policy: Policy, app: string): PolicyRule | undefined {
  let prefix = app.toLowerCase();
  if (!prefix.startsWith('/')) prefix = `/${prefix}`;
  while (prefix !== '') {
    const rule = policy.rules.get(prefix);
    if (rule !== undefined) return rule;
    prefix = prefix.slice(0, prefix.lastIndexOf('/'));
  }
  return policy.rules.get('/');
}

/** Returns a rule in words, for those who look for the reason of something. */
export function describeRule(rule: PolicyRule): string {
  const { hosts, regexHosts, paths, ports, groups, labels, rawTemplates, limits = {} } = rule;
  const parts = [
    ...list('hosts', hosts),
    ...(hosts !== undefined && regexHosts === true ? ['hosts that are regular expressions'] : []),
    ...list('paths', paths),
    ...list('ports', ports?.map(formatRange)),
    ...list('groups', groups),
    ...(labels === undefined ? [] : 'allow' in labels ? list('labels', labels.allow) : list('all labels but', labels.deny)),
    ...(rawTemplates === undefined ? [] : [`raw templates ${rawTemplates}`]),
    ...LIMITS.flatMap(([name, what, per]) => {
      const most = limits[name];
      return most === undefined ? [] : [`at most ${plural(most, what)} ${per}`];
    }),
  ];
  return parts.length === 0 ? 'nothing is limited' : parts.join('; ');
}

function list(name: string, values: readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : [`${name} ${values.length === 0 ? 'none' : values.join(', ')}`];
}

const LIMITS = [
  ['vhosts', 'host', 'a service'],
  ['ports', 'service port', 'an app'],
  ['servers', 'server', 'a service'],
] as const;

/** Returns a range as the file has it. */
export function formatRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
