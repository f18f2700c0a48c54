/**
 * What must come back from an app with labels: the rules of the reference in a few lines, for the tests. It shares no code with the program:
 * labels are data here, `labelsOf` writes them.
 */

/** The labels of an app. */
export interface Effects {
  /** The first VHOST. */
  readonly host: string;
  readonly maintenance?: string | undefined;
  readonly allow?: readonly Networks[] | undefined;
  readonly deny?: readonly Networks[] | undefined;
  readonly rate?: number | undefined;
  readonly exempt?: readonly string[] | undefined;
  readonly maxBody?: number | undefined;
  readonly users?: readonly User[] | undefined;
  readonly cors?: Cors | undefined;
  /** Names before the first host. */
  readonly redirectFrom?: readonly string[] | undefined;
  readonly redirectCode?: number | undefined;
  readonly httpsOnly?: true | undefined;
  readonly cut?: string | undefined;
  readonly requestHeaders?: readonly HeaderChange[] | undefined;
  readonly responseHeaders?: readonly HeaderChange[] | undefined;
  readonly rewrite?: readonly Rewriting[] | undefined;
}

export interface Networks {
  readonly path?: string | undefined;
  readonly networks: readonly string[];
}

export interface User {
  readonly name: string;
  readonly password: string;
  readonly hash: string;
}

export interface Cors {
  readonly origins: readonly string[];
  readonly methods?: readonly string[] | undefined;
  readonly headers?: readonly string[] | undefined;
  readonly credentials?: boolean | undefined;
  readonly maxAge?: number | undefined;
}

export interface HeaderChange {
  readonly verb: 'set' | 'add' | 'del';
  readonly name: string;
  readonly value: string;
}

export interface Rewriting {
  readonly match: string;
  /** With `\1`. */
  readonly path: string;
}

export interface ModelRequest {
  /** The shared frontends, or the service port. */
  readonly way: 'http' | 'https' | 'port';
  /** Put before the first host: `` or `www.`. */
  readonly prefix: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The client's address. */
  readonly from: string;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly login?: string | undefined;
  readonly body: number;
}

/** An answer, as far as it can be compared. */
export interface ModelAnswer {
  readonly status: number;
  /** Of the text; only of an answer to maintenance. */
  readonly text?: string;
  /** What the app saw; undefined if HAProxy answered. */
  readonly seen?: { readonly path: string; readonly headers: Headers } | undefined;
  readonly headers: Headers;
}

/** Values by lower-case names, joined by commas; without those that are not there. */
export type Headers = Readonly<Record<string, string>>;

/** The headers of a request that are compared. */
export const SEEN_HEADERS = ['x-a', 'x-b', 'x-c'];

/** The headers of an answer that are compared. */
export const ANSWER_HEADERS = [
  ...SEEN_HEADERS,
  'vary',
  'location',
  'retry-after',
  'www-authenticate',
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-allow-credentials',
  'access-control-max-age',
];

/** What the app answers with. */
export const APP_HEADERS: Headers = { 'x-a': 'app', vary: 'Accept' };

/** Returns the labels, without `HAPROXY_0_`. */
export function labelsOf(effects: Effects): Readonly<Record<string, string>> {
  const { host, cors, redirectFrom } = effects;
  const all: Readonly<Record<string, string | undefined>> = {
    VHOST: host,
    MAINTENANCE: effects.maintenance,
    ALLOW: effects.allow && networkText(effects.allow),
    DENY: effects.deny && networkText(effects.deny),
    RATE_LIMIT: effects.rate === undefined ? undefined : `${effects.rate}/1h`,
    RATE_LIMIT_EXEMPT: effects.exempt?.join(','),
    MAX_BODY: effects.maxBody?.toString(),
    AUTH_USERS: effects.users?.map(({ name, hash }) => `${name}:${hash}`).join('; '),
    CORS_ORIGINS: cors?.origins.join(','),
    CORS_METHODS: cors?.methods?.join(','),
    CORS_HEADERS: cors?.headers?.join(','),
    CORS_CREDENTIALS: cors?.credentials?.toString(),
    CORS_MAX_AGE: cors?.maxAge === undefined ? undefined : `${cors.maxAge}s`,
    REDIRECT_FROM: redirectFrom?.map((prefix) => prefix + host).join(','),
    REDIRECT_CODE: effects.redirectCode?.toString(),
    REDIRECT_TO_HTTPS: effects.httpsOnly && 'true',
    HTTP_BACKEND_PROXYPASS_PATH: effects.cut,
    REQUEST_HEADERS: effects.requestHeaders && changeText(effects.requestHeaders),
    RESPONSE_HEADERS: effects.responseHeaders && changeText(effects.responseHeaders),
    REWRITE: effects.rewrite?.map(({ match, path }) => `${match} ${path}`).join('; '),
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function networkText(rules: readonly Networks[]): string {
  return rules.map(({ path = '', networks }) => `${path} ${networks.join(', ')}`.trim()).join('; ');
}

function changeText(rules: readonly HeaderChange[]): string {
  return rules.map(({ verb, name, value }) => (verb === 'del' ? `del ${name}` : `${verb} ${name}: ${value}`)).join('\n');
}

/** Returns a model of an app with these labels: it answers one request after the other, and counts those of each client. */
export function modelOf(effects: Effects): (request: ModelRequest) => ModelAnswer {
  const counts = new Map<string, number>();
  return (request) => {
    if (effects.httpsOnly && request.way === 'http') {
      const location = `https://${request.prefix}${effects.host}${request.path}${request.query}`;
      return { status: 301, headers: { location } };
    }
    const own = earlyAnswer(effects, request, counts);
    if (own !== undefined) return { ...own, headers: changed(answerChanges(effects, undefined), own.headers) };
    const late = lateAnswer(effects, request) ?? appAnswer(effects, request);
    return { ...late, headers: changed(answerChanges(effects, request.headers['origin']), late.headers) };
  };
}

/** Returns what is answered before CORS. */
function earlyAnswer(effects: Effects, request: ModelRequest, counts: Map<string, number>): ModelAnswer | undefined {
  const { maintenance, allow = [], deny = [], rate, exempt = [], maxBody, users } = effects;
  const { from, path, body, login } = request;
  if (maintenance !== undefined) return { status: 503, text: maintenance, headers: { 'retry-after': '300' } };
  const fitting = (rules: readonly Networks[]) => rules.filter((rule) => rule.path === undefined || isBelow(path, rule.path));
  // Rules for one path are one rule.
  const paths = new Set(fitting(allow).map((rule) => rule.path));
  for (const own of paths) {
    const networks = allow.filter((rule) => rule.path === own).flatMap((rule) => rule.networks);
    if (!isIn(from, networks)) return { status: 403, headers: {} };
  }
  if (fitting(deny).some(({ networks }) => isIn(from, networks))) return { status: 403, headers: {} };
  if (rate !== undefined) {
    const count = (counts.get(from) ?? 0) + 1;
    counts.set(from, count);
    if (count > rate && !isIn(from, exempt)) return { status: 429, headers: { 'retry-after': '3600' } };
  }
  if (maxBody !== undefined && body > maxBody) return { status: 413, headers: {} };
  const isKnown = users?.some(({ name, password }) => login === `${name}:${password}`) ?? true;
  if (!isKnown && !(effects.cors && isPreflight(request))) return { status: 401, headers: { 'www-authenticate': 'Basic' } };
  return undefined;
}

/** Returns what HAProxy answers otherwise. */
function lateAnswer({ host, cors, redirectFrom, redirectCode = 301 }: Effects, request: ModelRequest): ModelAnswer | undefined {
  const { way, prefix, path, query, headers } = request;
  if (cors && isPreflight(request)) {
    const { methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], headers: names, maxAge } = cors;
    const allowed = names?.join(', ') ?? headers['access-control-request-headers'];
    const answer = {
      'access-control-allow-methods': methods.join(', '),
      ...(allowed !== undefined && { 'access-control-allow-headers': allowed }),
      ...(maxAge !== undefined && { 'access-control-max-age': `${maxAge}` }),
    };
    return { status: 204, headers: answer };
  }
  if (!redirectFrom?.includes(prefix)) return undefined;
  const isSecure = way === 'https' || headers['x-forwarded-proto'] === 'https';
  return { status: redirectCode, headers: { location: `${isSecure ? 'https' : 'http'}://${host}${path}${query}` } };
}

function appAnswer({ cut, rewrite = [], requestHeaders = [] }: Effects, request: ModelRequest): ModelAnswer {
  let { path } = request;
  if (cut !== undefined && (path === cut || path.startsWith(`${cut}/`))) path = `/${path.slice(cut.length + 1)}`;
  for (const rule of rewrite) {
    const found = new RegExp(rule.match).exec(path);
    if (found) path = rule.path.replaceAll(/\\(\d)/g, (_, digit: string) => found[Number(digit)] ?? '');
  }
  const headers = changed(requestHeaders, picked(request.headers, SEEN_HEADERS));
  return { status: 200, seen: { path: path + request.query, headers }, headers: APP_HEADERS };
}

/** Returns what is done with the headers of all answers. `origin`: that of a request that CORS was asked about. */
function answerChanges({ cors, responseHeaders = [] }: Effects, origin: string | undefined): readonly HeaderChange[] {
  const changes: HeaderChange[] = [];
  const isAny = cors?.origins[0] === '*';
  if (isAny) changes.push({ verb: 'set', name: 'access-control-allow-origin', value: '*' });
  if (cors && !isAny) {
    if (origin !== undefined && cors.origins.some((item) => isOrigin(item, origin))) {
      changes.push({ verb: 'set', name: 'access-control-allow-origin', value: origin });
      if (cors.credentials) changes.push({ verb: 'set', name: 'access-control-allow-credentials', value: 'true' });
    }
    changes.push({ verb: 'add', name: 'vary', value: 'Origin' });
  }
  return [...changes, ...responseHeaders];
}

function changed(changes: readonly HeaderChange[], headers: Headers): Headers {
  const all: Record<string, string> = { ...headers };
  for (const { verb, name: written, value } of changes) {
    const name = written.toLowerCase();
    const before = all[name];
    if (verb === 'del') delete all[name];
    else all[name] = verb === 'add' && before !== undefined ? `${before}, ${value}` : value;
  }
  return all;
}

/** Returns those of some headers that are there. */
export function picked(headers: Readonly<Record<string, string | string[] | undefined>>, names: readonly string[]): Headers {
  const found = names.map((name) => [name, [headers[name] ?? []].flat().join(', ')] as const);
  return Object.fromEntries(found.filter(([name]) => headers[name] !== undefined));
}

function isPreflight({ method, headers }: ModelRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Whether a path is a guarded one, is below it, or may be that for a task. */
function isBelow(path: string, guarded: string): boolean {
  const read = decodeURIComponent(path).replaceAll(/\/+/g, '/');
  if (/\/\.\.?(?:\/|$)/.test(read)) return true;
  return read === guarded || read.startsWith(`${guarded}/`) || read.startsWith(`${guarded};`);
}

/** Whether an IPv4 address is in one of some networks. */
function isIn(address: string, networks: readonly string[]): boolean {
  return networks.some((network) => {
    const [base = '', length = '32'] = network.split('/');
    return bitsOf(address).startsWith(bitsOf(base).slice(0, Number(length)));
  });
}

function bitsOf(address: string): string {
  const parts = address.split('.').map((part) => Number(part).toString(2).padStart(8, '0'));
  return parts.join('');
}

/** Whether an item of CORS_ORIGINS means an origin. */
function isOrigin(item: string, origin: string): boolean {
  if (item.includes('://')) return item === origin;
  const host = URL.canParse(origin) ? new URL(origin).hostname : '';
  return item.startsWith('*.') ? host.endsWith(item.slice(1)) : host === item;
}
