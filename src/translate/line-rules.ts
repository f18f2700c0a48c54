/** Rows for `reqrep` and its family: rules with regular expressions on the lines of a request or an answer. */
import { both, type Condition, conditionAt, wordsOf } from './condition.ts';
import {
  groupsOf,
  type HeaderRegex,
  type LineRegex,
  readLineRegex,
  type RequestLineRegex,
  withMethodAlone,
} from './line-regex.ts';
import type { Modern, OldLine, OldWord } from './row.ts';

type Side = 'req' | 'rsp';

const SIDES = { req: 'http-request', rsp: 'http-response' } as const;
const ADVICE = {
  add: 'write <rules> add-header Name "value"',
  rep: 'write http-request replace-pathq (a path with its query), replace-uri or set-method for the request line, <rules> replace-header for a header',
  del: 'write <rules> del-header Name, or del-header <regex> -m reg',
  deny: 'write <rules> deny if { pathq -m reg <regex> }, or { req.fhdr(Name) -m reg <regex> } for a header',
  allow: 'write <rules> allow if { pathq -m reg <regex> }, or { req.fhdr(Name) -m reg <regex> } for a header',
  tarpit: 'write <rules> tarpit if { pathq -m reg <regex> }, or { req.fhdr(Name) -m reg <regex> } for a header',
} as const;

/** What may come of a rule. */
type Deed = keyof typeof ADVICE;

export const lineRules: readonly OldWord[] = [
  added('req', 'reqadd X-Zone:\\ a', 'http-request add-header X-Zone a'),
  added(
    'rsp',
    'rspadd Access-Control-Allow-Methods:\\ GET,\\ POST',
    'http-response add-header Access-Control-Allow-Methods "GET, POST"',
  ),
  row('req', 'rep', 'reqrep ^([^\\ :]*)\\ /static/(.*) \\1\\ /\\2', 'http-request replace-pathq ^/static/(.*) /\\1'),
  row(
    'rsp',
    'rep',
    'rsprep ^Location:\\ http://(.*) Location:\\ https://\\1',
    'http-response replace-header Location ^http://(.*) https://\\1',
  ),
  row('req', 'del', 'reqdel ^X-Secret:', 'http-request del-header X-Secret'),
  row('rsp', 'del', 'rspdel ^Server', 'http-response del-header (?i)^Server -m reg'),
  row('req', 'deny', 'reqdeny ^[^\\ :]*\\ /admin', 'http-request deny if { pathq -m reg ^/admin }'),
  row('rsp', 'deny', 'rspdeny ^X-Internal:', 'http-response deny if { res.fhdr(X-Internal) -m found }'),
  row('req', 'allow', 'reqallow ^[^\\ :]*\\ /public', 'http-request allow if { pathq -m reg ^/public }'),
  row('req', 'tarpit', 'reqtarpit ^User-Agent:\\ bot', 'http-request tarpit if { req.fhdr(User-Agent) -m reg ^bot }'),
];

function added(side: Side, old: string, line: string): OldWord {
  const rules = SIDES[side];
  return {
    name: `${side}add`,
    starts: [`${side}add`],
    sections: ['frontend', 'backend', 'listen', 'other'],
    refusedSince: '2.1',
    example: { section: 'backend', old, lines: [line] },
    remark: 'The value is a log format today: `%` is doubled.',
    rules: { side: rules, phase: 'headers' },
    modern({ words }) {
      const advice = ADVICE.add.replace('<rules>', rules);
      const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(words[1] ?? '');
      const condition = conditionAt(words, 2);
      // An empty value is no argument to HAProxy.
      if (header === null || header[2] === '' || condition === 'none') return { advice };
      return [[rules, 'add-header', header[1] as string, asFormat(header[2] as string), ...wordsOf(condition)]];
    },
  };
}

function row(side: Side, deed: Exclude<Deed, 'add'>, old: string, line: string): OldWord {
  const rules = SIDES[side];
  const name = side + deed;
  const insensitive = `${side}i${deed}`;
  return {
    name,
    starts: [name, insensitive],
    sections: ['frontend', 'backend', 'listen', 'other'],
    refusedSince: '2.1',
    example: { section: 'backend', old, lines: [line] },
    remark: `\`${insensitive}\` does not look at the case of letters.`,
    rules: { side: rules, phase: 'lines' },
    modern(written) {
      const line = { ...written, words: withMethodAlone(written.words) };
      const regex = readLineRegex(line.words[1] ?? '');
      const condition = conditionAt(line.words, deed === 'rep' ? 3 : 2);
      const fits = regex !== undefined && condition !== 'none' && (regex.kind === 'header' || side === 'req');
      const isInsensitive = line.words[0] === insensitive;
      const rule: Rule | undefined = fits ? { line, rules, regex, condition, isInsensitive } : undefined;
      const modern = rule && (deed === 'rep' ? replaced(rule) : deed === 'del' ? deleted(rule) : judged(rule, deed));
      return modern ?? { advice: ADVICE[deed].replaceAll('<rules>', rules) };
    },
  };
}

interface Rule<R extends LineRegex = LineRegex> {
  readonly line: OldLine;
  readonly rules: string;
  readonly regex: R;
  readonly condition: Condition | undefined;
  readonly isInsensitive: boolean;
}

function replaced(rule: Rule): Modern | undefined {
  const { regex } = rule;
  return regex.kind === 'header' ? replacedHeader({ ...rule, regex }) : replacedRequestLine({ ...rule, regex });
}

function replacedHeader({ line, rules, regex, condition, isInsensitive }: Rule<HeaderRegex>): Modern | undefined {
  const found = /^([A-Za-z0-9_-]+):[ ]*(.*)$/.exec(line.words[2] ?? '');
  if (found === null || regex.isNameOpen) return undefined;
  const [, name = '', value = ''] = found;
  const isOther = name.toLowerCase() !== regex.name.toLowerCase();
  if (
    isOther ||
    value === '' ||
    value.includes('\\0') ||
    (regex.isBlankInValue && value.includes('\\1') && !value.startsWith('\\1'))
  )
    return undefined;
  const pattern = flagged(regex.value ?? '^', isInsensitive);
  return [[rules, 'replace-header', regex.name, pattern, asFormat(value), ...wordsOf(condition)]];
}

/** The whole line was written anew: method and version have to come back as they were. */
function replacedRequestLine(rule: Rule<RequestLineRegex>): Modern | undefined {
  const { line, regex, condition, isInsensitive } = rule;
  const [method = '', path, version, ...more] = (line.words[2] ?? '').split(' ');
  const isVersionKept = regex.end === 'tail' ? version === undefined : regex.end === 'version' && version !== undefined;
  if (path === undefined || path === '' || !isVersionKept || more.length > 0 || path.includes('\\0')) return undefined;
  const last = groupsOf(regex.path) + (regex.isMethodCaptured ? 2 : 1);
  if (version?.startsWith('\\') === true && version !== `\\${last}`) return undefined;
  if (version !== undefined && !/^(?:HTTP\/1\.[01]|\\\d|HTTP\/\\\d)$/.test(version)) return undefined;
  const isMethodKept = regex.isMethodCaptured ? method === '\\1' : regex.methods.length === 1 && method === regex.methods[0];
  if (!isMethodKept) return withOtherMethod(rule, method, path);
  const shifted = regex.isMethodCaptured ? withoutFirstGroup(path) : path;
  if (shifted === undefined || (regex.end === 'tail' && !endsWithLastGroup(regex, shifted))) return undefined;
  const tests = regex.methods.length === 0 ? undefined : both([['method', ...regex.methods]], condition, line);
  if (regex.methods.length > 0 && tests === undefined) return undefined;
  return [
    ['http-request', 'replace-pathq', flagged(regex.path, isInsensitive), asFormat(shifted), ...wordsOf(tests ?? condition)],
  ];
}

/** `reqrep ^GET\ (.*) POST\ \1`: only where the path stays as it is. */
function withOtherMethod({ line, regex, condition }: Rule<RequestLineRegex>, method: string, path: string): Modern | undefined {
  const isPathKept = regex.path === '^(.*)' && path === (regex.isMethodCaptured ? '\\2' : '\\1');
  if (!isPathKept || !/^[A-Z]+$/.test(method) || regex.methods.length === 0) return undefined;
  const tests = both([['method', ...regex.methods]], condition, line);
  return tests && [['http-request', 'set-method', method, ...wordsOf(tests)]];
}

/** Group 1 was the method: the others count from one less. Undefined if the method is used in the path. */
function withoutFirstGroup(path: string): string | undefined {
  if (path.includes('\\1')) return undefined;
  return path.replace(/\\([2-9])/g, (_, group: string) => `\\${Number(group) - 1}`);
}

/** The last group took the version with it: it has to stand at the end, and only there. */
function endsWithLastGroup(regex: RequestLineRegex, path: string): boolean {
  return path.indexOf(`\\${groupsOf(regex.path)}`) === path.length - 2;
}

/** HAProxy knows headers by their names in small letters today. */
function deleted({ rules, regex, condition }: Rule): Modern | undefined {
  if (regex.kind !== 'header' || regex.value !== undefined) return undefined;
  const { name, isNameOpen } = regex;
  const which = isNameOpen ? [`(?i)^${name}`, '-m', 'reg'] : [name];
  return [[rules, 'del-header', ...which, ...wordsOf(condition)]];
}

function judged({ line, rules, regex, condition, isInsensitive }: Rule, deed: string): Modern | undefined {
  const flags = ['-m', 'reg', ...(isInsensitive ? ['-i'] : [])];
  if (regex.kind === 'request-line') {
    const path = regex.path.replace(/(?:\(\.\*\)|(?<!\\)\.\*)$/, '');
    if (regex.end !== 'version' && reachesVersion(path)) return undefined;
    const method = regex.methods.length === 0 ? [] : [['method', ...regex.methods]];
    const tests = both([...method, ['pathq', ...flags, path]], condition, line);
    return tests && [[rules, deed, ...wordsOf(tests)]];
  }
  if (regex.isNameOpen) return undefined;
  const header = `${rules === 'http-request' ? 'req' : 'res'}.fhdr(${regex.name})`;
  const tests = both([regex.value === undefined ? [header, '-m', 'found'] : [header, ...flags, regex.value]], condition, line);
  return tests && [[rules, deed, ...wordsOf(tests)]];
}

/** Returns whether an expression can go on behind the path, into ` HTTP/1.1`: what is tried on the path alone would match less. */
function reachesVersion(path: string): boolean {
  return /HTTP(?:\\?\/|$)/.test(path) || /(?:(?<!\\)\.|\[\^[^\] ]*\]|\\[DSW])(?:[+?]|\{\d[\d,]*\})?\)*$/.test(path);
}

function flagged(regex: string, isInsensitive: boolean): string {
  return isInsensitive ? `(?i)${regex}` : regex;
}

/** Text that was a plain string and is a log format today. */
function asFormat(text: string): string {
  return text.replaceAll('%', '%%');
}
