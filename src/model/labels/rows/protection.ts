/** Who may reach a service, and how often. */
import { secondsOf } from '../../values/duration.ts';
import type { NetworkRule } from '../../values/rules/network-rules.ts';
import { inLines } from './word-limit.ts';
import { PREFLIGHT } from './rewriting.ts';
import { type LabelledService, type LabelRow, mapEntry, numberInMap, tableLine, without } from './row.ts';

export const protection = [
  {
    name: 'ALLOW',
    group: 'protection',
    per: 'service',
    type: 'network rules',
    guards: true,
    description:
      'Networks, separated by commas, that may reach the service; after a path, that may reach it and what is below it. Rules are separated by semicolons, or one a line; all that fit a request must allow it. Others get 403. Paths are compared decoded, and as the client sent them.',
    example: '10.0.0.0/8; /admin 10.1.0.0/16, 10.2.0.7',
    needs: needsHttp,
    trait: ({ rules }) => `only for ${rules.map(told).join('; ')}`,
    renders: { into: 'backend', stage: 'deny', lines: ({ rules }, service) => networkLines('allow', rules, service) },
  },
  {
    name: 'DENY',
    group: 'protection',
    per: 'service',
    type: 'network rules',
    guards: true,
    description: 'Networks that must not reach the service, or a path of it; written as with ALLOW.',
    example: '192.0.2.0/24; /admin 0.0.0.0/0',
    needs: needsHttp,
    trait: ({ rules }) => `not for ${rules.map(told).join('; ')}`,
    renders: { into: 'backend', stage: 'deny', lines: ({ rules }, service) => networkLines('deny', rules, service) },
  },
  {
    name: 'RATE_LIMIT_EXEMPT',
    group: 'protection',
    per: 'service',
    type: 'network list',
    refused: 'label',
    description: 'Networks, separated by commas, for which RATE_LIMIT and CLIENT_CONNECTIONS do not count.',
    example: '10.0.0.0/8',
    lacks: (service) => without('RATE_LIMIT')(service) && without('CLIENT_CONNECTIONS')(service) && 'RATE_LIMIT',
    trait: (networks) => `clients in ${networks.replaceAll(' ', ', ')} may send any number of requests`,
    renders: { into: 'backend', stage: 'limits', lines: (networks) => inLines('acl label_exempt src', networks.split(' ')) },
  },
  {
    name: 'RATE_LIMIT',
    group: 'protection',
    per: 'service',
    type: 'rate',
    refused: 'label',
    description:
      'How many requests a client address may send in a time; further ones are answered with 429. Counted by each load balancer for itself, from zero after a reload; with `--peers`, by all together as well as they can, and further after a reload. Another number with the same time needs no reload.',
    example: '100/10s',
    needs: 'http',
    trait: (rate) => `at most ${rate} requests of a client`,
    renders: [
      {
        into: 'counters',
        stage: 'limits',
        lines: (rate, service) => [tableOf(rate, service.typed?.['CLIENT_CONNECTIONS'] !== undefined, service)],
      },
      {
        into: 'backend',
        stage: 'limits',
        lines: (rate, service, map) => [
          `http-request set-var(txn.label_rate) ${numberInMap('RATE_LIMIT', service, map)}`,
          // Nothing stands between counting and comparing: another request that is counted meanwhile would cost this one.
          `http-request track-sc1 src table ${countersName(service.backend)}`,
          ...slowDown(service, secondsOf(periodOf(rate)), '{ sc_http_req_rate(1),sub(txn.label_rate) gt 0 }'),
        ],
      },
      { into: 'map', stage: 'limits', lines: (rate, service) => [mapEntry('RATE_LIMIT', service, rate.split('/')[0] ?? '')] },
    ],
  },
  {
    name: 'CLIENT_CONNECTIONS',
    group: 'protection',
    per: 'service',
    type: 'count',
    refused: 'label',
    description:
      'How many requests a client address may have under way at a time (in mode tcp: connections); further ones are answered with 429 (in mode tcp: closed).',
    example: '20',
    trait: (count) => `at most ${count} requests of a client at a time`,
    renders: [
      { into: 'counters', stage: 'limits', lines: (_, service) => (hasRate(service) ? [] : [tableOf(undefined, true, service)]) },
      { into: 'backend', stage: 'limits', lines: connectionLines },
    ],
  },
  {
    name: 'MAX_BODY',
    group: 'protection',
    per: 'service',
    type: 'size',
    refused: 'label',
    description:
      'How long the body of a request may be, by its Content-Length; longer ones are answered with 413. A body in chunks, whose length nobody says, is not counted to its end.',
    example: '10m',
    needs: 'http',
    trait: (size) => `bodies of at most ${size} bytes`,
    renders: {
      into: 'backend',
      stage: 'limits',
      lines: (size) => [`http-request deny deny_status 413 if { req.body_size gt ${size} }`],
    },
  },
  {
    name: 'AUTH_USERS',
    group: 'protection',
    per: 'service',
    type: 'users',
    guards: true,
    isSecret: true,
    description:
      'Users that may log in, `user:encrypted-password`, separated by semicolons, or one a line: HTTP basic authentication on all ways to the service. Beside AUTH, its user and its realm count too.',
    example: 'alice:$5$salt$hash; bob:$6$salt$hash',
    needs: 'http',
    trait: ({ rules }) => `users log in: ${rules.map(({ user }) => user).join(', ')}`,
    renders: [
      {
        into: 'userlist',
        stage: 'auth',
        lines: ({ rules }, { auth }) =>
          rules.filter(({ user }) => user !== auth?.user).map(({ user, password }) => `user ${user} password ${password}`),
      },
      { into: 'backend', stage: 'auth', lines: (_, service) => [loginLine(service)] },
    ],
  },
] as const satisfies readonly LabelRow[];

/** Returns the name of the section that counts what clients of a backend do. App ids have no colon. */
export function countersName(backend: string): string {
  return `clients:${backend}`;
}

function needsHttp({ rules }: { readonly rules: readonly NetworkRule[] }): 'http' | undefined {
  return rules.some(({ path }) => path !== undefined) ? 'http' : undefined;
}

function told({ path, networks }: NetworkRule): string {
  const shown = networks.length > 5 ? `${networks.slice(0, 5).join(', ')} and ${networks.length - 5} more` : networks.join(', ');
  return path === undefined ? shown : `${shown} at ${path}`;
}

function networkLines(what: 'allow' | 'deny', rules: readonly NetworkRule[], { mode }: LabelledService): readonly string[] {
  const byPath = new Map<string, string[]>();
  for (const { path = '', networks } of rules) byPath.set(path, [...(byPath.get(path) ?? []), ...networks]);
  return Array.from(byPath).flatMap(([path, networks], at) => {
    const name = `label_${what}_${at}`;
    const isFrom = what === 'allow' ? `!${name}` : name;
    const acls = inLines(`acl ${name} src`, networks);
    if (mode === 'tcp') return [...acls, `tcp-request content reject if ${isFrom}`];
    if (path === '') return [...acls, `http-request deny deny_status 403 if ${isFrom}`];
    return [...acls, ...pathLines(`${name}_path`, path), `http-request deny deny_status 403 if ${name}_path ${isFrom}`];
  });
}

/** Paths that a task may take for this one count, too: coded, with several slashes, or with dots to be resolved. */
function pathLines(name: string, path: string): readonly string[] {
  const seen = `acl ${name} path,url_dec,regsub(/+,/,g)`;
  return [`${seen} -m str ${path}`, `${seen} -m beg ${path}/ ${path};`, `${seen} -m sub /../ /./`, `${seen} -m end /.. /.`];
}

function tableOf(rate: string | undefined, hasConnections: boolean, service: LabelledService): string {
  const time = rate === undefined ? '1m' : periodOf(rate);
  const stored = [...(rate === undefined ? [] : [`http_req_rate(${time})`]), ...(hasConnections ? ['conn_cur'] : [])];
  const table = `type ipv6 size 100k expire ${time} store ${stored.join(',')}`;
  // HAProxy keeps the number of connections to itself.
  return tableLine(table, rate === undefined ? {} : service);
}

/** Returns the time of a rate such as `100/10s`. */
function periodOf(rate: string): string {
  return rate.slice(rate.indexOf('/') + 1);
}

/** Returns the refusal of a client that is too fast. An answer with headers of its own has no error page. */
function slowDown(service: LabelledService, seconds: number, isTooFast: string): readonly string[] {
  if (service.errorPages?.includes(429) !== true)
    return [`http-request deny deny_status 429 hdr Retry-After ${seconds} if ${isTooFast}${exempt(service)}`];
  return [
    `http-request deny deny_status 429 if ${isTooFast}${exempt(service)}`,
    `http-after-response set-header Retry-After ${seconds} if { status 429 } ${isTooFast}`,
  ];
}

function hasRate({ mode, typed }: LabelledService): boolean {
  return mode === 'http' && typed?.['RATE_LIMIT'] !== undefined;
}

function exempt({ typed }: LabelledService): string {
  return typed?.['RATE_LIMIT_EXEMPT'] === undefined ? '' : ' !label_exempt';
}

function connectionLines(count: number, service: LabelledService): readonly string[] {
  const isTcp = service.mode === 'tcp';
  const rule = isTcp ? 'tcp-request content' : 'http-request';
  return [
    ...(hasRate(service) ? [] : [`${rule} track-sc1 src table ${countersName(service.backend)}`]),
    `${rule} ${isTcp ? 'reject' : 'deny deny_status 429'} if { sc_conn_cur(1) gt ${count} }${exempt(service)}`,
  ];
}

/** Returns the end of a condition under which a request needs no login: HAProxy itself answers these. */
export function orPreflight(typed: LabelledService['typed']): string {
  return typed?.['CORS_ORIGINS'] === undefined ? '' : ` or ${PREFLIGHT.join(' ')}`;
}

function loginLine({ backend, auth, typed }: LabelledService): string {
  return `http-request auth realm "${auth?.realm ?? backend}" unless { http_auth(user_${backend}) }${orPreflight(typed)}`;
}
