/** Rules of Traefik's routers, as far as VHOST, PATH, MATCH and ALLOW can say them. */
import { isHostName, parseHosts } from '../../model/values/network/hosts.ts';
import { DEFAULT_LIMITS } from '../../model/values/limits.ts';
import { parsePathPatterns } from '../../model/values/path-types.ts';
import { parseRequestConditions } from '../../model/values/rules/request-matches.ts';
import { listOf } from './go-values.ts';
import { hostPattern, pathPattern, wholly } from './patterns.ts';

/** One way to match: all of it must hold. */
export interface Match {
  /** A name, or a pattern of VHOST. */
  readonly host?: string;
  /** The path begins with it, or is it. */
  readonly path?: string;
  readonly isWhole?: boolean;
  /** A regular expression, in place of a path. */
  readonly pattern?: string;
  /** Rules of MATCH, which must all hold. */
  readonly conditions?: readonly string[];
  /** Lists of networks; the client must be in each of them. */
  readonly networks?: readonly string[];
}

/** Reads a rule: the ways to match, of which one must hold; or, in a sentence, why the labels cannot say it. */
export function readRule(text: string): readonly Match[] | { readonly fault: string } {
  const tokens = text.match(TOKEN) ?? [];
  const isWhole = tokens.join('').replaceAll(/\s/g, '') === text.replaceAll(/\s/g, '');
  if (!isWhole) return { fault: 'the rule cannot be read' };
  const reader: Reader = { tokens: tokens.filter((token) => token.trim() !== ''), at: 0 };
  try {
    const found = readAny(reader);
    if (reader.at < reader.tokens.length) throw new RuleFault('the rule cannot be read');
    return found.length === 0 ? { fault: 'no request can match the rule' } : found;
  } catch (error) {
    if (error instanceof RuleFault) return { fault: error.message };
    throw error;
  }
}

/** Each of some hosts, with each of some paths. */
export interface Routing {
  /** Empty: all hosts. */
  readonly hosts: readonly string[];
  /** Empty: all paths. */
  readonly paths: readonly string[];
  /** Undefined: they are the beginnings of paths. */
  readonly pathType: 'exact' | 'regex' | undefined;
  /** Rules of MATCH, which must all hold. */
  readonly conditions: readonly string[];
  /** Lists of networks; the client must be in each of them. */
  readonly networks: readonly string[];
}

/** Returns the hosts and paths of ways to match, or, in a sentence, why the labels cannot say them. */
export function routingOf(matches: readonly Match[]): Routing | { readonly fault: string } {
  const hasPatterns = matches.some(({ pattern }) => pattern !== undefined);
  const ways = matches.map((match) => wayOf(match, hasPatterns));
  const isForAny = ways.every(({ host }) => host === '');
  if (!isForAny && ways.some(({ host }) => host === ''))
    return { fault: 'one way has no host, another one has: a service port has one VHOST, or none' };
  if (isForAny && ways.some(({ path }) => path === '')) return { fault: 'a rule without a host and a path has no counterpart' };
  const networks = matches.map((match) => match.networks ?? []);
  const [first = []] = networks;
  if (networks.some((list) => list.join(';') !== first.join(';')))
    return { fault: 'ALLOW holds for all hosts and paths of a service port, ClientIP for some of them' };
  const conditions = matches.map((match) => match.conditions ?? []);
  const [held = []] = conditions;
  if (conditions.some((list) => list.join(';') !== held.join(';')))
    return { fault: 'MATCH holds for all hosts and paths of a service port, Method, Headers and Query for some of them' };
  const fault = faultOf(
    held,
    hasPatterns ? ways.map(({ path }) => path) : [],
    ways.map(({ host }) => host),
  );
  if (fault !== undefined) return { fault };
  const kept = ways.filter((way, at) => !ways.some((other, place) => covers(other, way) && (place < at || !covers(way, other))));
  const hosts = [...new Set(kept.map(({ host }) => host))];
  const paths = [...new Set(kept.map(({ path }) => path))];
  if (hosts.length * paths.length !== kept.length)
    return { fault: 'its hosts have different paths; PATH holds for all hosts of a service port' };
  const areWhole = kept.every(({ isWhole }) => isWhole);
  if (!areWhole && kept.some(({ isWhole }) => isWhole)) return { fault: 'PATH has whole paths or beginnings of paths, not both' };
  return {
    hosts: hosts.filter((host) => host !== ''),
    paths: paths.filter((path) => path !== ''),
    pathType: hasPatterns ? 'regex' : areWhole ? 'exact' : undefined,
    conditions: held,
    networks: first,
  };
}

interface Way {
  readonly host: string;
  readonly path: string;
  readonly isWhole: boolean;
}

/** `isPattern`: the paths of all ways are written as regular expressions. */
function wayOf({ host = '', path = '', isWhole = false, pattern }: Match, isPattern: boolean): Way {
  if (pattern !== undefined) return { host, path: pattern, isWhole: false };
  if (!isPattern || path === '') return { host, path, isWhole };
  return { host, path: `^${wholly(path)}${isWhole ? '$' : ''}`, isWhole: false };
}

/** Returns why a label would not take what a rule says. */
function faultOf(conditions: readonly string[], patterns: readonly string[], hosts: readonly string[]): string | undefined {
  const match = conditions.length === 0 ? undefined : parseRequestConditions(conditions.join('; '));
  if (match !== undefined && 'must' in match) return `MATCH ${match.must}`;
  const paths = patterns.filter((pattern) => pattern !== '');
  const path = paths.length === 0 ? undefined : parsePathPatterns(paths.join(' '));
  if (path !== undefined && 'must' in path) return `PATH ${path.must}`;
  const read = parseHosts(hosts.filter((host) => host !== '').join(','), DEFAULT_LIMITS);
  return 'must' in read || read.faults?.[0] === undefined || hosts.join('') === '' ? undefined : `VHOST ${read.faults[0].detail}`;
}

/** Whether what matches the one matches the other anyway: a shorter path of the same host. */
function covers(one: Way, other: Way): boolean {
  if (one === other || one.host !== other.host) return false;
  if (one.path.startsWith('^')) return one.path === other.path;
  return one.isWhole ? other.isWhole && one.path === other.path : other.path.startsWith(one.path);
}

const TOKEN = /\s+|`[^`]*`|"(?:[^"\\]|\\.)*"|&&|\|\||[!(),]|[A-Za-z]+/g;

class RuleFault extends Error {}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

function readAny(reader: Reader): readonly Match[] {
  let found = readAll(reader);
  while (reader.tokens[reader.at] === '||') {
    reader.at += 1;
    found = [...found, ...readAll(reader)];
  }
  return found;
}

function readAll(reader: Reader): readonly Match[] {
  let found = readOne(reader);
  while (reader.tokens[reader.at] === '&&') {
    reader.at += 1;
    const more = readOne(reader);
    if (found.length * more.length > MOST) throw new RuleFault('the rule has too many combinations');
    found = found.flatMap((one) => more.flatMap((other) => both(one, other)));
  }
  return found;
}

const MOST = 1000;

function readOne(reader: Reader): readonly Match[] {
  const token = next(reader);
  if (token === '!') throw new RuleFault('no label says that something must not match (!)');
  if (token === '(') {
    const found = readAny(reader);
    expect(reader, ')');
    return found;
  }
  const matcher = token.toLowerCase();
  if (!/^[a-z]+$/.test(matcher)) throw new RuleFault('the rule cannot be read');
  expect(reader, '(');
  const values: string[] = [valueOf(next(reader))];
  while (reader.tokens[reader.at] === ',') {
    reader.at += 1;
    values.push(valueOf(next(reader)));
  }
  expect(reader, ')');
  const read = MATCHERS.get(matcher);
  if (read === undefined) throw new RuleFault(`the labels choose by host, path, method, headers and query, not by ${token}`);
  return read(values.flatMap((value) => (matcher === 'host' ? listOf(value) : [value])));
}

type Matcher = (values: readonly string[]) => readonly Match[];

const MATCHERS: ReadonlyMap<string, Matcher> = new Map(
  Object.entries<Matcher>({
    host: (values) => values.map((host) => ({ host: plainHost(host) })),
    hostheader: (values) => values.map((host) => ({ host: plainHost(host) })),
    pathprefix: (values) => values.map((path) => (path === '/' ? {} : pathMatch(path, false))),
    clientip: (values) => [{ networks: [values.join(', ')] }],
    path: (values) => values.map((path) => pathMatch(path, true)),
    hostregexp: (values) => values.map((host) => ({ host: hostPattern(host) })),
    method: (values) => [{ conditions: [`method ${values.join(',').toUpperCase()}`] }],
    headers: ([name = '', value = '', ...more]) => {
      if (value === '' || more.length > 0) throw new RuleFault('Headers needs a name and a value');
      return [{ conditions: [`header ${name} ${value}`] }];
    },
    query: (values) => [{ conditions: values.map(queryCondition) }],
  }),
);

function plainHost(text: string): string {
  const host = text.toLowerCase();
  if (!isHostName(host)) throw new RuleFault(`${text} is no host name`);
  return host;
}

function pathMatch(path: string, isWhole: boolean): Match {
  return /[{}]/.test(path) ? { pattern: pathPattern(path, isWhole) } : { path, isWhole };
}

function queryCondition(text: string): string {
  const [, name = '', value = ''] = /^([^=]+)(?:=(.*))?$/.exec(text) ?? [];
  return `query ${name} ${value}`.trim();
}

/** Returns what must hold for both; nothing if they exclude each other. */
function both(one: Match, other: Match): readonly Match[] {
  if (one.host !== undefined && other.host !== undefined && one.host !== other.host) return [];
  const patterns = [one, other].flatMap(({ pattern }) => pattern ?? []);
  if (patterns.length > 0 && (patterns.length > 1 || one.path !== undefined || other.path !== undefined))
    throw new RuleFault('no label says that a path and a regular expression both must match');
  const [longer, shorter] = (one.path ?? '').length >= (other.path ?? '').length ? [one, other] : [other, one];
  const { path = '' } = longer;
  if (!path.startsWith(shorter.path ?? '')) return [];
  if (shorter.isWhole === true && shorter.path !== path) return [];
  const isWhole = longer.isWhole === true || shorter.isWhole === true;
  const networks = [...(one.networks ?? []), ...(other.networks ?? [])];
  const conditions = [...new Set([...(one.conditions ?? []), ...(other.conditions ?? [])])];
  return [
    {
      ...one,
      ...other,
      ...(path !== '' && { path, isWhole }),
      ...(conditions.length > 0 && { conditions }),
      ...(networks.length > 0 && { networks }),
    },
  ];
}

function next(reader: Reader): string {
  const token = reader.tokens[reader.at];
  if (token === undefined) throw new RuleFault('the rule cannot be read');
  reader.at += 1;
  return token;
}

function expect(reader: Reader, token: string): void {
  if (next(reader) !== token) throw new RuleFault('the rule cannot be read');
}

function valueOf(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1);
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  throw new RuleFault('the rule cannot be read');
}
