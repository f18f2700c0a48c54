/** Decides whether a rule of HAProxy matches a request, if that is possible without asking HAProxy. */
import { readRegex } from '../../model/values/rules/regex.ts';
import type { DocumentFile } from '../../render/files/kinds.ts';
import type { MapFile } from '../../render/files/map.ts';
import { MATCHED } from '../../render/frontends/matched.ts';
import { parameterIn } from '../../render/frontends/request-tests.ts';
import type { ExplainedRequest } from './request.ts';
import type { Condition, RuleSet, Term, Test, Verdict } from './rules.ts';

/** The value of a sample: a text, a boolean, `absent` (no such header), `unknown` (not decidable here). */
type Sample = string | boolean | typeof ABSENT | typeof UNKNOWN;
const ABSENT = Symbol('absent');
const UNKNOWN = Symbol('unknown');

/** The names that a condition may use. */
type Facts = Pick<RuleSet, 'acls' | 'files' | 'variables'>;

export function evaluate(condition: Condition | undefined, set: Facts, request: ExplainedRequest): Verdict {
  if (condition === undefined) return 'yes';
  const found = either(condition.anyOf.map((terms) => every(terms.map((term) => evaluateTerm(term, set, request)))));
  return condition.unless ? not(found) : found;
}

export function evaluateTerm({ negated, what }: Term, set: Facts, request: ExplainedRequest): Verdict {
  const tests = typeof what === 'string' ? set.acls.get(what) : [what];
  const found = tests === undefined ? predefined(what) : either(tests.map((test) => judgeTest(test, set, request)));
  return negated ? not(found) : found;
}

/**
 * What a `use_backend` with a lookup (`%[req.hdr(host),lower,map(/etc/haproxy/domain2backend.map)]`) comes to; undefined: the map has
 * no such key, so that the rule is passed over.
 */
export function lookUp(
  expression: string,
  request: ExplainedRequest,
  files: readonly DocumentFile[],
): string | undefined | typeof UNKNOWN {
  const match = /^%\[(.*),map\(([^,()]+)\)\]$/.exec(expression);
  const map = files.find((file): file is MapFile => file.kind === 'map' && match?.[2]?.split('/').at(-1) === file.name);
  const key = match?.[1] === undefined ? UNKNOWN : sampleOf(match[1], request);
  if (map === undefined || key === UNKNOWN) return UNKNOWN;
  return map.entries.find(([own]) => own === key)?.[1];
}

export function isUnknown(found: unknown): found is typeof UNKNOWN {
  return found === UNKNOWN;
}

function predefined(name: Term['what']): Verdict {
  return name === 'TRUE' || name === 'HTTP' ? 'yes' : name === 'FALSE' ? 'no' : 'unknown';
}

function judgeTest({ sample, ignoreCase, method, strange, patterns }: Test, set: Facts, request: ExplainedRequest): Verdict {
  if (method === 'found' && /,map\([^()]+\)$/.test(sample)) {
    const value = lookUp(`%[${sample}]`, request, set.files);
    return isUnknown(value) ? 'unknown' : asVerdict(value !== undefined);
  }
  const variable = /^var\(([\w.]+)\)$/.exec(sample)?.[1];
  if (method === 'found' && variable === MATCHED) return set.variables.get(variable) ?? 'no';
  const [, name = '', suffix, rest = ''] = /^([\w.]+?)(_(?:beg|end|sub|dir|dom|reg))?((?:\(.*|,.*)?)$/.exec(sample) ?? [];
  const found = strange ? UNKNOWN : sampleOf(name + rest, request);
  if (found === UNKNOWN) return 'unknown';
  if (method === 'found') return found === ABSENT ? 'no' : 'yes';
  if (typeof found === 'boolean') return found ? 'yes' : 'no';
  if (found === ABSENT) return 'no';
  const how = method ?? suffix?.slice(1) ?? 'str';
  const parameter = name === 'query' ? parameterIn(patterns[0] ?? '') : undefined;
  if (parameter !== undefined) return asVerdict(new URLSearchParams(found).has(parameter));
  if (how === 'reg') return either(patterns.map((pattern) => matchesRegex(found, pattern, ignoreCase)));
  const matches = MATCHES.get(how);
  if (matches === undefined) return 'unknown';
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  return either(patterns.map((pattern) => matches(fold(found), fold(pattern))));
}

const MATCHES: ReadonlyMap<string, (text: string, pattern: string) => Verdict> = new Map<
  string,
  (text: string, pattern: string) => Verdict
>([
  ['str', (text, pattern) => asVerdict(text === pattern)],
  ['beg', (text, pattern) => asVerdict(text.startsWith(pattern))],
  ['end', (text, pattern) => asVerdict(text.endsWith(pattern))],
  ['sub', (text, pattern) => asVerdict(text.includes(pattern))],
  ['dir', (text, pattern) => asVerdict(`/${text}/`.includes(`/${pattern.replaceAll(/^\/+|\/+$/g, '')}/`))],
  ['dom', (text, pattern) => asVerdict(`.${text.replace(/:\d+$/, '')}.`.includes(`.${pattern.replaceAll(/^\.+|\.+$/g, '')}.`))],
]);

/** HAProxy's expressions are PCRE or POSIX, and some could hang: those that labels may have mean the same here, and are quick. */
function matchesRegex(text: string, pattern: string, ignoreCase: boolean): Verdict {
  return 'fault' in readRegex(pattern) ? 'unknown' : asVerdict(new RegExp(pattern, ignoreCase ? 'i' : '').test(text));
}

/** A sample with its converters: `req.hdr(host),lower`. */
function sampleOf(expression: string, request: ExplainedRequest): Sample {
  const [fetch = '', ...converters] = expression.split(/,(?![^()]*\))/);
  let found = fetched(fetch, request);
  for (const converter of converters) {
    if (typeof found !== 'string') return found === ABSENT ? ABSENT : UNKNOWN;
    found = CONVERTERS.get(converter)?.(found) ?? UNKNOWN;
  }
  return found;
}

const CONVERTERS: ReadonlyMap<string, (text: string) => string> = new Map<string, (text: string) => string>([
  ['lower', (text) => text.toLowerCase()],
  ['upper', (text) => text.toUpperCase()],
  ['regsub(:.*$,,)', (text) => text.replace(/:.*$/s, '')],
  ['field(1,:)', (text) => text.replace(/:.*$/s, '')],
  ['host_only', (text) => text.replace(/:\d*$/, '')],
]);

function fetched(fetch: string, request: ExplainedRequest): Sample {
  const [, parameter] = /^url_param\(([\w-]+)\)$/.exec(fetch) ?? [];
  if (parameter !== undefined) return valueIn(request.query, parameter);
  if (fetch.startsWith('req.cook(')) return ABSENT;
  const name = fetch.replace(
    /^req\.f?hdr\((.*)|^f?hdr\((.*)/,
    (_, one: string, other: string) => `hdr(${(one ?? other).toLowerCase()}`,
  );
  if (name.startsWith('http_auth(')) return false; // without a login
  return FETCHES.get(name)?.(request) ?? (name.startsWith('hdr(x-') ? ABSENT : UNKNOWN);
}

/** Returns the value of a parameter as it is in the query. */
function valueIn(query: string, name: string): Sample {
  const found = query.split('&').find((each) => each.startsWith(`${name}=`));
  return found === undefined ? ABSENT : found.slice(name.length + 1);
}

const FETCHES: ReadonlyMap<string, (request: ExplainedRequest) => Sample> = new Map<
  string,
  (request: ExplainedRequest) => Sample
>([
  ['hdr(host)', ({ host }) => host],
  ['path', ({ path }) => path],
  ['url', ({ path, query }) => (query === '' ? path : `${path}?${query}`)],
  ['query', ({ query }) => query],
  ['method', () => 'GET'],
  ['ssl_fc', ({ isTls }) => isTls],
  ['ssl_fc_sni', sni],
  ['req_ssl_sni', sni],
  ['req.ssl_sni', sni],
  ['req_ssl_hello_type', ({ isTls }) => (isTls ? '1' : '0')],
  ['dst_port', ({ port }) => String(port)],
  ['always_true', () => true],
  ['always_false', () => false],
]);

function sni({ isTls, name }: ExplainedRequest): Sample {
  return isTls ? name : ABSENT;
}

function asVerdict(holds: boolean): Verdict {
  return holds ? 'yes' : 'no';
}

function not(verdict: Verdict): Verdict {
  return verdict === 'unknown' ? 'unknown' : verdict === 'yes' ? 'no' : 'yes';
}

function either(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes('yes') ? 'yes' : verdicts.includes('unknown') ? 'unknown' : 'no';
}

function every(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes('no') ? 'no' : verdicts.includes('unknown') ? 'unknown' : 'yes';
}
