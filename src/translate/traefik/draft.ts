/** What is found for one service port, until all of it is known. */
import type { Workload } from '../../model/workload.ts';
import { serviceRows } from '../../model/labels/from-rows.ts';
import { uselessLabels } from '../../model/lint/useless-labels.ts';
import { defineService } from '../../model/labels/definition.ts';
import { parseLabel } from '../../model/labels/parse-label.ts';
import { parsePathsAs, parsePathType } from '../../model/values/path-types.ts';
import { DEFAULT_LIMITS } from '../../model/values/limits.ts';

/** What there is to know about one of Traefik's labels. */
export interface Remark {
  /** `lost`: it has no counterpart. `differs`: it has one that does something else in a detail. */
  readonly kind: 'lost' | 'differs';
  readonly label: string;
  /** A sentence without its full stop. */
  readonly why: string;
  /** It keeps somebody away: without it, the service must not be served. */
  readonly guards?: true;
}

export interface Draft {
  readonly remarks: Remark[];
  /** Values by the name of our label, and from which of Traefik's they come. */
  readonly values: Map<string, { readonly value: string; readonly from: string }>;
  /** Rules of labels that have several. */
  readonly rules: Map<string, { readonly rule: string; readonly from: string }[]>;
  /** What is done with the path, in order: prefixes that are cut off, or a rule. */
  readonly rewrites: { readonly cut: readonly string[]; readonly rule: string; readonly from: string }[];
  hosts: readonly string[];
}

/** What a middleware looks at. */
export interface Context {
  readonly draft: Draft;
  readonly mode: 'http' | 'tcp';
  /** Paths that requests begin with; empty: all. */
  readonly paths: readonly string[];
}

export function createDraft(hosts: readonly string[] = []): Draft {
  return { remarks: [], values: new Map(), rules: new Map(), rewrites: [], hosts };
}

/** Sets a label; if it has another value already, the first one stays. */
export function set(draft: Draft, name: string, value: string, from: string): void {
  const before = draft.values.get(name);
  if (before === undefined) draft.values.set(name, { value, from });
  else if (before.value !== value) lose(draft, from, `${name} has the value of ${before.from} already`, isGuard(name));
}

export function addRule(draft: Draft, name: string, rule: string, from: string): void {
  draft.rules.set(name, [...(draft.rules.get(name) ?? []), { rule, from }]);
}

export function lose(draft: Draft, label: string, why: string, guards = false): void {
  draft.remarks.push({ kind: 'lost', label, why, ...(guards && { guards }) });
}

export function differs(draft: Draft, label: string, why: string): void {
  draft.remarks.push({ kind: 'differs', label, why });
}

/** Labels that keep somebody away, or requests: without them the service would get those of others. */
function isGuard(name: string): boolean {
  return GUARDS.has(name);
}

const GUARDS: ReadonlySet<string> = new Set([
  'ALLOW',
  'AUTH_URL',
  'AUTH_USERS',
  'BACKEND_NETWORK_ALLOWED_ACL',
  'MATCH',
  'PATH',
  'PATH_TYPE',
]);

/** Returns the labels without `HAPROXY_{n}_`, in the order of the labels table, each with a value that the model reads and that has an effect. */
export function finish(draft: Draft): ReadonlyMap<string, string> {
  writeRewrites(draft);
  for (const [name, rules] of draft.rules) {
    const separator = rules.some(({ rule }) => rule.includes(';')) || name === 'REWRITE' ? '\n' : '; ';
    const from = [...new Set(rules.map((rule) => rule.from))].join(', ');
    set(draft, name, rules.map(({ rule }) => rule).join(separator), from);
  }
  const labels = new Map<string, string>();
  const type = parsePathType(draft.values.get('PATH_TYPE')?.value ?? 'begin');
  const pathType = 'value' in type ? type.value : undefined;
  for (const [name, row] of serviceRows) {
    const found = draft.values.get(name);
    if (found === undefined) continue;
    const parse = name === 'PATH' ? (text: string) => parsePathsAs(pathType, text) : undefined;
    const parsed = parseLabel(row.type, found.value, DEFAULT_LIMITS, parse);
    if ('must' in parsed) loseLabel(draft, name, `its value ${parsed.must}`);
    else if (parsed.faults?.[0] !== undefined) loseLabel(draft, name, `its value ${parsed.faults[0].detail}`);
    else labels.set(name, found.value);
  }
  dropUseless(draft, labels);
  if (draft.remarks.some(({ guards }) => guards) && labels.size > 0) labels.set('ENABLED', 'false');
  return labels;
}

function loseLabel(draft: Draft, name: string, why: string): void {
  lose(draft, draft.values.get(name)?.from ?? name, `${name} would be its label, but ${why}`, isGuard(name));
}

/** Takes labels out that have no effect beside the others, until all have one. */
function dropUseless(draft: Draft, labels: Map<string, string>): void {
  const { definition } = defineService(ANY_APP, 0, 10_000, Object.fromEntries(labels));
  const useless = definition === undefined ? [] : uselessLabels(definition);
  const names = useless.flatMap(({ label }) => label?.replace(/^HAPROXY_0_/, '') ?? []).filter((name) => labels.delete(name));
  for (const name of names) loseLabel(draft, name, 'it has no effect beside the others');
  if (names.length > 0) dropUseless(draft, labels);
}

const ANY_APP: Workload = { id: '/app', labels: {}, network: 'host', servicePorts: [], taskPorts: [], tasks: [] };

/** One prefix alone has a label of its own, which says it better. */
function writeRewrites({ rewrites, values, rules }: Draft): void {
  const [first] = rewrites;
  const [prefix] = first?.cut ?? [];
  if (rewrites.length === 1 && first?.cut.length === 1 && prefix !== undefined) {
    values.set('HTTP_BACKEND_PROXYPASS_PATH', { value: prefix, from: first.from });
  } else if (rewrites.length > 0) {
    rules.set(
      'REWRITE',
      rewrites.map(({ rule, from }) => ({ rule, from })),
    );
  }
}
