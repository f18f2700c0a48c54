/** Traefik's middlewares, one row each. */
import { addRule, type Context, differs, type Draft, lose, set } from './draft.ts';
import { durationOf, isTrue, listOf } from './go-values.ts';
import { applyHeaders } from './headers.ts';
import type { Options } from './labels.ts';
import { type HostRedirect, readHostRedirect, toRewrite, wholly } from './patterns.ts';

interface MiddlewareRow {
  /** It keeps somebody away. */
  readonly guards?: true;
  /** Takes the options that it translates. */
  readonly apply: (options: Options, context: Context) => void;
}

/** By Traefik's name in lower case. */
const rows: ReadonlyMap<string, MiddlewareRow> = new Map(
  Object.entries<MiddlewareRow>({
    addprefix: {
      apply: (options, { draft }) => {
        const prefix = options.take('addprefix.prefix');
        const from = options.label('addprefix.prefix');
        if (prefix !== undefined) draft.rewrites.push({ cut: [], rule: `^/(.*) ${prefix.replace(/\/$/, '')}/\\1`, from });
      },
    },
    basicauth: {
      guards: true,
      apply: (options, { draft }) => {
        const from = options.label('basicauth.users');
        for (const user of listOf(options.take('basicauth.users') ?? '')) addRule(draft, 'AUTH_USERS', user, from);
        if (isTrue(options.take('basicauth.removeheader') ?? ''))
          addRule(draft, 'REQUEST_HEADERS', 'del Authorization', options.label('basicauth.removeheader'));
        if (options.take('basicauth.realm') !== undefined)
          differs(draft, options.label('basicauth.realm'), 'the login window of AUTH_USERS has a title of its own');
      },
    },
    buffering: {
      apply: (options, { draft }) => {
        const bytes = options.take('buffering.maxrequestbodybytes');
        const from = options.label('buffering.maxrequestbodybytes');
        if (bytes === undefined || bytes === '0') return;
        set(draft, 'MAX_BODY', bytes, from);
        differs(draft, from, 'a body in chunks, whose length nobody says, is not counted');
      },
    },
    compress: {
      apply: (options, { draft }) => {
        const from = options.label('compress');
        const own = options.take('compress');
        if (own === undefined ? options.has('compress') : isTrue(own)) set(draft, 'COMPRESS', 'true', from);
      },
    },
    forwardauth: {
      guards: true,
      apply: (options, { draft }) => {
        const address = options.take('forwardauth.address');
        const from = options.label('forwardauth.address');
        if (address === undefined) return;
        set(draft, 'AUTH_URL', address, from);
        differs(draft, from, 'the load balancer must be started with --auth-hosts and the host of this address');
        const names = listOf(options.take('forwardauth.authresponseheaders') ?? '');
        if (names.length > 0) set(draft, 'AUTH_HEADERS', names.join(','), options.label('forwardauth.authresponseheaders'));
        if (options.take('forwardauth.trustforwardheader') !== undefined)
          differs(
            draft,
            options.label('forwardauth.trustforwardheader'),
            'the headers X-Forwarded-* of the question are those of the load balancer',
          );
      },
    },
    headers: { apply: applyHeaders },
    inflightconn: {
      apply: (options, { draft }) => {
        const amount = options.take('inflightconn.amount');
        if (amount !== undefined) set(draft, 'CLIENT_CONNECTIONS', amount, options.label('inflightconn.amount'));
      },
    },
    inflightreq: {
      apply: (options, { draft }) => {
        const from = options.label('inflightreq.amount');
        if (!countsByAddress(options, 'inflightreq', false)) {
          options.take('inflightreq.amount');
          return lose(draft, from, 'CLIENT_CONNECTIONS counts by the address of the client, this counts by something else');
        }
        const amount = options.take('inflightreq.amount');
        if (amount !== undefined) set(draft, 'CLIENT_CONNECTIONS', amount, from);
      },
    },
    ipallowlist: { guards: true, apply: allow('ipallowlist') },
    ipwhitelist: { guards: true, apply: allow('ipwhitelist') },
    ratelimit: { apply: limitRate },
    redirectregex: {
      apply: (options, { draft }) => {
        const from = options.label('redirectregex.regex');
        const redirect = takeHostRedirect(options);
        if (redirect === undefined) {
          lose(draft, from, 'REDIRECT_FROM leads from hosts to another one with the same path, no label says other redirects');
          for (const each of ['regex', 'replacement', 'permanent']) options.take(`redirectregex.${each}`);
        } else redirectHosts(draft, redirect, from);
      },
    },
    redirectscheme: {
      apply: (options, { draft }) => {
        const from = options.label('redirectscheme.scheme');
        const scheme = options.take('redirectscheme.scheme');
        if (scheme?.toLowerCase() !== 'https') return lose(draft, from, 'the labels redirect to https only');
        set(draft, 'REDIRECT_TO_HTTPS', 'true', from);
        const port = options.take('redirectscheme.port');
        if (port !== undefined && port !== '443')
          differs(draft, options.label('redirectscheme.port'), 'the redirect goes to the port 443');
        if (!isTrue(options.take('redirectscheme.permanent') ?? ''))
          differs(draft, from, 'the redirect is a permanent one (301)');
      },
    },
    replacepath: {
      apply: (options, { draft }) => {
        const path = options.take('replacepath.path');
        if (path !== undefined) draft.rewrites.push({ cut: [], rule: `^/.* ${path}`, from: options.label('replacepath.path') });
      },
    },
    replacepathregex: {
      apply: (options, { draft }) => {
        const from = options.label('replacepathregex.regex');
        const regex = options.take('replacepathregex.regex');
        const rule = toRewrite(regex ?? '', options.take('replacepathregex.replacement') ?? '');
        if ('fault' in rule) lose(draft, from, rule.fault);
        else draft.rewrites.push({ cut: [], rule: rule.text, from });
      },
    },
    retry: {
      apply: (options, { draft }) => {
        const attempts = options.take('retry.attempts');
        const from = options.label('retry.attempts');
        if (attempts === undefined) return;
        set(draft, 'RETRIES', attempts, from);
        set(draft, 'RETRY_ON', 'conn-failure,empty-response', from);
        differs(draft, from, 'after a task took the connection, only a GET or HEAD is sent again');
        if (options.take('retry.initialinterval') !== undefined)
          differs(draft, options.label('retry.initialinterval'), 'the time between two tries is one second at most');
      },
    },
    stripprefix: {
      apply: (options, { draft, paths }) => {
        const from = options.label('stripprefix.prefixes');
        const prefixes = listOf(options.take('stripprefix.prefixes') ?? '').map((prefix) => prefix.replace(/\/$/, ''));
        const [prefix = ''] = prefixes;
        if (prefix === '') return;
        const all = prefixes.map(wholly);
        const rule = `^${all.length === 1 ? all.join('') : `(?:${all.join('|')})`}/?(.*) /\\1`;
        draft.rewrites.push({ cut: prefixes, rule, from });
        if (prefixes.length === 1 && paths.length > 0 && paths.every((path) => path.startsWith(prefix)))
          addRule(draft, 'REQUEST_HEADERS', `set X-Forwarded-Prefix: ${prefix}`, from);
        else differs(draft, from, 'the task is not told the prefix (X-Forwarded-Prefix)');
      },
    },
  }),
);

/** Middlewares that keep somebody away and have no row. */
const OTHER_GUARDS: ReadonlySet<string> = new Set(['digestauth', 'plugin']);

/** Returns whether a middleware keeps somebody away; one that nobody knows may. */
export function guards(middleware: Options | undefined): boolean {
  if (middleware === undefined) return true;
  const kind = kindOf(middleware);
  return OTHER_GUARDS.has(kind) || (rows.get(kind)?.guards ?? false);
}

/** Translates a middleware; what of it has no counterpart is noted. */
export function applyMiddleware(options: Options, context: Context): void {
  const kind = kindOf(options);
  const guarding = guards(options);
  rows.get(kind)?.apply(options, context);
  for (const option of options.rest()) {
    // An option that a guard lacks may be what keeps somebody away.
    lose(context.draft, options.label(option.toLowerCase()), 'no label does this', guarding);
  }
}

/** Returns whether a middleware only redirects to https. */
export function redirectsToHttps(options: Options | undefined): boolean {
  return (
    options !== undefined &&
    kindOf(options) === 'redirectscheme' &&
    options.take('redirectscheme.scheme')?.toLowerCase() === 'https'
  );
}

/** Returns the redirect from hosts to another one that a middleware is. Returns undefined if it is none. */
export function takeHostRedirect(options: Options): (HostRedirect & { readonly permanent: boolean }) | undefined {
  const regex = options.take('redirectregex.regex');
  const replacement = options.take('redirectregex.replacement');
  const permanent = isTrue(options.take('redirectregex.permanent') ?? '');
  const read = readHostRedirect(regex ?? '', replacement ?? '');
  return read === undefined ? undefined : { ...read, permanent };
}

/** Writes a redirect from a host to another one of the service. */
export function redirectHosts(
  draft: Draft,
  { host, to, permanent }: HostRedirect & { readonly permanent: boolean },
  from: string,
): void {
  if (!draft.hosts.includes(to)) {
    lose(draft, from, `REDIRECT_FROM leads to the first VHOST, and ${to} is no host of this service port`);
    return;
  }
  draft.hosts = [to, ...draft.hosts.filter((each) => each !== to && each !== host)];
  const { value: before } = draft.values.get('REDIRECT_FROM') ?? {};
  draft.values.set('REDIRECT_FROM', { value: before === undefined ? host : `${before},${host}`, from });
  if (!permanent) set(draft, 'REDIRECT_CODE', '302', from);
}

function kindOf(options: Options): string {
  return options.rest()[0]?.split('.')[0]?.toLowerCase() ?? '';
}

function allow(kind: string): MiddlewareRow['apply'] {
  return (options, { draft, mode }) => {
    const from = options.label(`${kind}.sourcerange`);
    const networks = listOf(options.take(`${kind}.sourcerange`) ?? '');
    if (!trustsAddress(options, `${kind}.ipstrategy`))
      return lose(
        draft,
        from,
        'the label cannot count proxies: ALLOW knows the address of the connection, or with --trusted-proxies the last one in X-Forwarded-For that is no trusted proxy',
        true,
      );
    if (networks.length === 0) return;
    if (mode === 'http') addRule(draft, 'ALLOW', networks.join(', '), from);
    else set(draft, 'BACKEND_NETWORK_ALLOWED_ACL', networks.join(' '), from);
  };
}

function limitRate(options: Options, { draft }: Context): void {
  const from = options.label('ratelimit.average');
  if (!countsByAddress(options, 'ratelimit', true)) {
    for (const each of ['average', 'burst', 'period']) options.take(`ratelimit.${each}`);
    return lose(draft, from, 'RATE_LIMIT counts by the address of the client, this counts by something else');
  }
  const average = Number(options.take('ratelimit.average') ?? 0);
  const period = durationOf(options.take('ratelimit.period') ?? '1s');
  const burst = Number(options.take('ratelimit.burst') ?? 1);
  if (average === 0) return;
  if (period === undefined) return lose(draft, options.label('ratelimit.period'), 'it is no time');
  set(draft, 'RATE_LIMIT', `${average}/${period}`, from);
  if (burst > average) differs(draft, options.label('ratelimit.burst'), `no more than ${average} requests may come at once`);
}

/** Whether a limit is for each address of a client. */
function countsByAddress(options: Options, kind: string, isDefault: boolean): boolean {
  const strategy = `${kind}.sourcecriterion.ipstrategy`;
  const given = options.has(strategy);
  const others = ['requestheadername', 'requesthost'].map((each) => options.take(`${kind}.sourcecriterion.${each}`));
  return trustsAddress(options, strategy) && others.every((each) => each === undefined) && (given || isDefault);
}

/** Whether the address is the one of the connection. */
function trustsAddress(options: Options, strategy: string): boolean {
  options.take(strategy);
  const depth = options.take(`${strategy}.depth`) ?? '0';
  return options.take(`${strategy}.excludedips`) === undefined && depth === '0';
}
