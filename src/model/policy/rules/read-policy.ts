/** Reads the text of a policy file. */
import { z } from 'zod';
import { nearest } from '../../../lib/text/did-you-mean.ts';
import { labels } from '../../labels/table.ts';
import { templateLabels } from '../../labels/template-table.ts';
import { isHostName } from '../../values/network/hosts.ts';
import { isIPv6 } from '../../values/network/ip.ts';
import type { LabelList, Policy, PolicyRule, PortRange } from './policy.ts';

/** `fault`: one sentence with the mistake in the text, its place and how to fix it. */
export type ReadPolicy = { readonly policy: Policy } | { readonly fault: string };

export function readPolicy(text: string, file: string): ReadPolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `it is no JSON: ${withLine((error as SyntaxError).message, text)}` };
  }
  const read = policySchema.safeParse(value);
  if (!read.success) return { fault: faultsOf(read.error.issues, value) };
  return { policy: { file, rules: new Map(read.data.rules.map((rule): [string, PolicyRule] => [rule.prefix, rule])) } };
}

/** Returns an object in which each key that is not of the shape is a mistake: a rule with a misspelt key would limit nothing. */
function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'must be an object';
      const [key = ''] = issue.keys as readonly string[];
      const meant = nearest(key, Object.keys(shape));
      return `has the key ${shown(key)}, which is none of ${Object.keys(shape).join(', ')}${meant === undefined ? '' : `; perhaps ${meant} is meant`}`;
    },
  });
}

/** Names of labels that a policy may have: without `HAPROXY_` and number. */
const NAMES: readonly string[] = [
  ...new Set([
    ...labels.map(({ name }) => name),
    ...Object.entries(templateLabels).flatMap(([name, isOne]) => (isOne ? [name] : [])),
  ]),
];

function must(what: string): { error: string } {
  return { error: `must be ${what}` };
}

const prefix = z
  .string(must('an app id such as "/team-a"'))
  .refine((text) => /^\/[A-Za-z0-9._:/-]*$/.test(text), must('an app id such as "/team-a", or "/" for all apps'))
  .refine(
    (text) => text === '/' || !text.endsWith('/'),
    must('written without the slash at its end: it counts for the apps below it anyhow'),
  )
  .transform((text) => text.toLowerCase());

const host = z.string(must('a host such as "a.example.com" or "*.a.example.com"')).transform((text, context) => {
  const name = text.toLowerCase();
  const isHost = isHostName(name) || (name.startsWith('[') && name.endsWith(']') && isIPv6(name.slice(1, -1)));
  if (name === '*' || isHost || (name.startsWith('*.') && isHostName(name.slice(2)))) return name;
  const message = name.startsWith('~')
    ? 'must not be a regular expression: set "regexHosts" to true if hosts of apps may be such'
    : 'must be a host such as "a.example.com", "*.a.example.com" for all that are below it, or "*" for all';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const path = z
  .string(must('a path such as "/a"'))
  .regex(
    /^\/[A-Za-z0-9._~!&()+,;=:@/%-]*\*?$/,
    must('a path such as "/a", which has what is below it too, or "/a*", all that begins so'),
  )
  .refine(
    (text) => text === '/' || !text.endsWith('/'),
    must('written without the slash at its end: it has what is below it anyhow'),
  );

const port = z.int(must('a port')).min(1, must('a port from 1 to 65535')).max(65_535, must('a port from 1 to 65535'));

const ports = z
  .union([port, z.string()], must('a port such as 8080, or a range such as "10000-10099"'))
  .transform((value, context): PortRange => {
    if (typeof value === 'number') return { first: value, last: value };
    const [, one = '', other = one] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? [];
    const range = { first: Number(one), last: Number(other) };
    if (one !== '' && range.first >= 1 && range.first <= range.last && range.last <= 65_535) return range;
    context.addIssue({
      code: 'custom',
      message: 'must be a port such as 8080, or a range such as "10000-10099", the lower one first',
    });
    return z.NEVER;
  });

const label = z.string(must('a name of a label such as "AUTH"')).check((context) => {
  const text = context.value;
  const isKnown = text.endsWith('*') ? NAMES.some((name) => name.startsWith(text.slice(0, -1))) : NAMES.includes(text);
  if (isKnown) return;
  const bare = text.toUpperCase().replace(/^HAPROXY_(?:(?:\d+|\{N\})_)?/, '');
  const meant = NAMES.includes(bare) ? bare : nearest(bare, NAMES);
  const message = `must be the name of a label, without HAPROXY_ and number, or the beginning of names with "*"${meant === undefined ? '' : `; perhaps "${meant}" is meant`}`;
  context.issues.push({ code: 'custom', message, input: text });
});

const names = z.array(label, must('a list of names of labels'));

const count = z.int(must('a whole number')).min(0, must('0 or more'));

const group = z.string(must('a group such as "external"')).min(1, must('the name of a group'));

/** The keys of a rule; the manual is made of their descriptions. */
export const ruleKeys = {
  prefix: prefix.describe(
    'Beginning of app ids: `/team-a` counts for `/team-a` and `/team-a/…`, not for `/team-ab`; `/` for all. The longest prefix counts, alone',
  ),
  hosts: z
    .array(host, must('a list of hosts'))
    .optional()
    .describe(
      'Hosts of VHOST and REDIRECT_FROM: a name, `*.a.example.com` for all below it (not `a.example.com` itself), `*` for all. A host with a wildcard must be below one that is as wide',
    ),
  regexHosts: z
    .boolean(must('true or false'))
    .optional()
    .describe('Whether a host may be a regular expression (`~…`), whatever it matches. Without it, no'),
  paths: z
    .array(path, must('a list of paths'))
    .optional()
    .describe(
      'Paths of PATH: `/a` has `/a` and `/a/…`; `/a*` all that begins with `/a`; `/` all. A service that has hosts and no PATH needs `/`. A PATH `/a` takes `/ab` too, so under `/a` it is written `/a/`, or with PATH_TYPE `prefix`. A regular expression counts by the text that it begins with',
    ),
  ports: z
    .array(ports, must('a list of ports and ranges of ports'))
    .optional()
    .describe('Service ports, of Marathon or of PORT, and ports in BIND_ADDR: `8080`, `"10000-10099"`'),
  groups: z
    .array(group, must('a list of groups'))
    .optional()
    .describe('Values of GROUP by which this load balancer (`--group`) serves the app'),
  labels: strict({ allow: names.optional(), deny: names.optional() })
    .refine(
      ({ allow, deny }) => (allow === undefined) !== (deny === undefined),
      must('a list of names of labels in "allow", or one in "deny"'),
    )
    .transform(({ allow, deny = [] }): LabelList => (allow === undefined ? { deny } : { allow }))
    .optional()
    .describe(
      'Names of labels without `HAPROXY_` and number, with `*` at the end for all that begin so. `allow`: of labels of service ports, and of templates, only these; GROUP and ENABLED need not be in it. `deny`: all but these, those of the app as a whole too',
    ),
  rawTemplates: z
    .enum(['allowed', 'safe', 'off'], must('"allowed", "safe" or "off"'))
    .optional()
    .describe(
      'Raw template labels: `safe` and `off` are `--label-policy safe` and `strict` for these apps; of rule and option the stricter counts. A template that is denied costs the label only: the operator’s serves in its place',
    ),
  limits: strict({ vhosts: count.optional(), ports: count.optional(), servers: count.optional() })
    .optional()
    .describe(
      'At most so many hosts of a service (`vhosts`), service ports of an app (`ports`), servers of a service (`servers`), those of a deploy included',
    ),
};

const rule = strict(ruleKeys);

export const policySchema = strict({
  rules: z.array(rule, must('a list of rules')).check((context) => {
    const known = new Set<string>();
    for (const [at, { prefix }] of context.value.entries()) {
      if (known.has(prefix)) {
        context.issues.push({
          code: 'custom',
          message: `is there twice (${prefix}): put both rules into one`,
          path: [at, 'prefix'],
          input: prefix,
        });
      }
      known.add(prefix);
    }
  }),
});

/** Older versions of Node name the place by the number of the character alone. */
function withLine(message: string, text: string): string {
  const at = /at position (\d+)$/.exec(message)?.[1];
  return at === undefined ? message : `${message} (line ${text.slice(0, Number(at)).split('\n').length})`;
}

/** Returns the first mistakes, each with its place, and how many more there are. */
function faultsOf(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  const more = issues.length > SHOWN ? [`and ${issues.length - SHOWN} more`] : [];
  return [...issues.slice(0, SHOWN).map((issue) => faultOf(issue, value)), ...more].join('; ');
}

const SHOWN = 5;

function faultOf({ path, message }: z.core.$ZodIssue, value: unknown): string {
  const place = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const owner = path[0] === 'rules' && path.length > 2 ? valueAt(value, [...path.slice(0, 2), 'prefix']) : undefined;
  const isOwned = typeof owner === 'string' && path[2] !== 'prefix';
  const where = place === '' ? 'the whole' : `${place}${isOwned ? ` (of ${shown(owner)})` : ''}`;
  const found = valueAt(value, path);
  const isShown = found === null || typeof found !== 'object';
  const is = isShown ? ` is ${found === undefined ? 'missing' : shown(found)}, it` : '';
  return `${where}${is} ${message}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key], value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
