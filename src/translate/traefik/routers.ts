/** Traefik's routers for HTTP: which requests reach a service port, and what is done with them. */
import { addRule, type Context, createDraft, differs, type Draft, lose, set } from './draft.ts';
import { listOf, isTrue, ownName } from './go-values.ts';
import type { Options } from './labels.ts';
import { applyMiddleware, guards, redirectHosts, redirectsToHttps, takeHostRedirect } from './middlewares.ts';
import { type Match, readRule, type Routing, routingOf } from './rule.ts';
import { loseRest } from './services.ts';

/** Names of entry points, in lower case. */
export interface EntryPoints {
  readonly http: ReadonlySet<string>;
  readonly https: ReadonlySet<string>;
}

/** The middlewares of all apps by name; each call returns one whose options are all there. */
export type Middlewares = ReadonlyMap<string, () => Options>;

interface Router {
  readonly options: Options;
  readonly rule: string;
  readonly matches: readonly Match[];
  readonly routing: Routing;
  readonly middlewares: readonly string[];
  readonly priority: string | undefined;
  readonly isTls: boolean;
}

/** Translates the routers that lead to one service port. Returns undefined if none of them can be. */
export function routersDraft(all: readonly Options[], middlewares: Middlewares, entryPoints: EntryPoints): Draft {
  const draft = createDraft();
  const read = all.flatMap((options) => readRouter(options, middlewares, entryPoints, draft));
  const toHttps = read.filter(({ middlewares: names }) => has(names, middlewares, redirectsToHttps));
  const moved = read.filter((router) => !toHttps.includes(router) && isMoved(router, middlewares));
  const serving = read.filter((router) => !toHttps.includes(router) && !moved.includes(router));
  const [lead = toHttps[0], ...others] = serving;
  if (lead === undefined) {
    for (const router of moved) loseRouter(draft, router, 'it redirects to a host that no other router leads to', middlewares);
    return draft;
  }
  const joined = join(draft, lead, others, middlewares);
  draft.hosts = joined.hosts;
  const context: Context = { draft, mode: 'http', paths: joined.pathType === 'regex' ? [] : joined.paths };
  for (const router of moved) followMoved(draft, router, middlewares);
  for (const router of toHttps) {
    if (router === lead) continue;
    for (const name of router.middlewares) {
      const middleware = middlewares.get(name);
      if (middleware && redirectsToHttps(middleware())) applyMiddleware(middleware(), context);
    }
    const extra = router.routing.hosts.filter((host) => !joined.hosts.includes(host));
    if (extra.length > 0)
      lose(draft, router.options.label('rule'), `no router of this service port leads to ${extra.join(', ')} by https`);
  }
  if (joined.paths.length > 0) {
    set(draft, 'PATH', joined.paths.join(' '), lead.options.label('rule'));
    // A PATH without a VHOST counts only with its type.
    const type = joined.pathType ?? (joined.hosts.length === 0 ? 'begin' : undefined);
    if (type !== undefined) set(draft, 'PATH_TYPE', type, lead.options.label('rule'));
  }
  if (joined.conditions.length > 0) set(draft, 'MATCH', joined.conditions.join('; '), lead.options.label('rule'));
  for (const networks of joined.networks) addRule(draft, 'ALLOW', networks, lead.options.label('rule'));
  if (joined.networks.length > 0)
    differs(draft, lead.options.label('rule'), 'other clients than those of ClientIP get 403, no other router serves them');
  writeWeight(draft, lead, joined);
  for (const name of lead.middlewares) useMiddleware(name, lead, context, middlewares);
  const isTls = serving.length > 0 && serving.every((router) => router.isTls);
  if (isTls && toHttps.length === 0) {
    set(draft, 'REDIRECT_TO_HTTPS', 'true', lead.options.label('tls'));
    differs(draft, lead.options.label('tls'), 'requests without TLS are redirected to https');
  }
  if (draft.hosts.length > 0) set(draft, 'VHOST', draft.hosts.join(','), lead.options.label('rule'));
  return draft;
}

/** A larger number first, as with Traefik, whose own one is the length of the rule. It counts only among rules of one host. */
function writeWeight(draft: Draft, { priority, rule, options }: Router, { paths, conditions }: Routing): void {
  if (priority !== undefined && priority !== '0') set(draft, 'BACKEND_WEIGHT', priority, options.label('priority'));
  else if (paths.length + conditions.length > 0) set(draft, 'BACKEND_WEIGHT', String(rule.length), options.label('rule'));
}

function readRouter(options: Options, middlewares: Middlewares, entryPoints: EntryPoints, draft: Draft): readonly Router[] {
  options.take('service');
  const names = expand(listOf(options.take('middlewares') ?? ''), middlewares);
  const isGuarded = has(names, middlewares, guards);
  const rule = options.take('rule');
  if (rule === undefined) {
    lose(
      draft,
      options.label('rule'),
      'the rule comes from the options of Traefik (defaultRule), not from the labels',
      isGuarded,
    );
    return [];
  }
  const points = listOf(options.take('entrypoints') ?? '').map((point) => point.toLowerCase());
  for (const point of points) {
    if (entryPoints.http.has(point) || entryPoints.https.has(point)) continue;
    const why = `which port ${point} is cannot be told (--http-entry-points, --https-entry-points)`;
    lose(draft, options.label('entrypoints'), why, true);
  }
  const tls = options.take('tls');
  const isTls = (tls === undefined ? options.has('tls') : isTrue(tls)) || isOnly(points, entryPoints.https);
  const priority = options.take('priority')?.trim();
  loseRest(options, draft);
  const matches = readRule(rule);
  const routing = 'fault' in matches ? matches : routingOf(matches);
  if ('fault' in routing) {
    lose(draft, options.label('rule'), routing.fault, isGuarded);
    return [];
  }
  return [{ options, rule, matches: 'fault' in matches ? [] : matches, routing, middlewares: names, priority, isTls }];
}

function isOnly(points: readonly string[], those: ReadonlySet<string>): boolean {
  return points.length > 0 && points.every((point) => those.has(point));
}

/** Takes the routers together that the labels of one service port can say, and notes the others. */
function join(draft: Draft, lead: Router, others: readonly Router[], middlewares: Middlewares): Routing {
  let { matches, routing } = lead;
  for (const router of others) {
    const isAlike = router.middlewares.join() === lead.middlewares.join() && router.priority === lead.priority;
    const all = routingOf([...matches, ...router.matches]);
    if (isAlike && !('fault' in all)) {
      matches = [...matches, ...router.matches];
      routing = all;
      continue;
    }
    const why =
      isAlike && 'fault' in all
        ? `together with ${lead.options.name}: ${all.fault}`
        : `its middlewares or its priority are not those of ${lead.options.name}; labels hold for a whole service port`;
    loseRouter(draft, router, why, middlewares);
  }
  return routing;
}

/** What a router keeps away is served by the other one, perhaps. */
function loseRouter(draft: Draft, { options, middlewares: names }: Router, why: string, middlewares: Middlewares): void {
  lose(draft, options.label('rule'), why, has(names, middlewares, guards));
}

/** Whether all that a router does is to redirect its hosts to another one. */
function isMoved({ routing, middlewares: names }: Router, middlewares: Middlewares): boolean {
  const redirects = names.map((name) => {
    const middleware = middlewares.get(name)?.();
    return middleware && takeHostRedirect(middleware);
  });
  const from = redirects.map((redirect) => redirect?.host);
  if (routing.hosts.length === 0) return false;
  return redirects.every((redirect) => redirect !== undefined) && routing.hosts.every((host) => from.includes(host));
}

function followMoved(draft: Draft, { middlewares: names }: Router, middlewares: Middlewares): void {
  for (const name of names) {
    const middleware = middlewares.get(name)?.();
    const redirect = middleware && takeHostRedirect(middleware);
    if (redirect) redirectHosts(draft, redirect, middleware.label('redirectregex.regex'));
  }
}

function useMiddleware(name: string, { options }: Router, context: Context, middlewares: Middlewares): void {
  const middleware = middlewares.get(name)?.();
  if (middleware === undefined)
    lose(context.draft, options.label('middlewares'), `the middleware ${name} is not in the labels of these apps`, true);
  else applyMiddleware(middleware, context);
}

/** Whether one of the middlewares is such; undefined: it is not in the labels. */
function has(names: readonly string[], middlewares: Middlewares, isSuch: (middleware: Options | undefined) => boolean): boolean {
  return names.some((name) => isSuch(middlewares.get(name)?.()));
}

/** Returns the names with those of chains in the place of the chains. */
export function expand(names: readonly string[], middlewares: Middlewares, around: readonly string[] = []): readonly string[] {
  return names.map(ownName).flatMap((name) => {
    const chain = middlewares.get(name)?.().take('chain.middlewares');
    if (chain === undefined || around.includes(name)) return [name];
    return expand(listOf(chain), middlewares, [...around, name]);
  });
}
