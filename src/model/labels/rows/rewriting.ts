/** What is changed in requests and answers, and what HAProxy answers itself for that. */
import { quoted } from '../../../haproxy-config/words.ts';
import { secondsOf } from '../../values/duration.ts';
import { originPattern } from '../../values/network/origins.ts';
import type { HeaderRule } from '../../values/rules/header-rules.ts';
import { inLines } from './word-limit.ts';
import { type LabelledService, type LabelRow, without } from './row.ts';

export const rewriting = [
  {
    name: 'REDIRECT_FROM',
    group: 'rewriting',
    per: 'service',
    type: 'host list',
    refused: 'label',
    description:
      'Host names, separated by commas, of which each request is redirected to the first VHOST, with the same path and query. They are hosts of the service like those of VHOST.',
    example: 'www.example.com',
    needs: 'vhost',
    trait: (hosts) => `${hosts.replaceAll(',', ', ')} redirect to its first host`,
    renders: { into: 'backend', stage: 'redirects', lines: redirectLines },
  },
  {
    name: 'REDIRECT_CODE',
    group: 'rewriting',
    per: 'service',
    type: 'redirect code',
    refused: 'label',
    description: 'Status of the answers of REDIRECT_FROM: 301, 302, 307 or 308. With the last two a POST stays one.',
    default: '301',
    example: '308',
    lacks: without('REDIRECT_FROM'),
    trait: (code) => `these redirects have status ${code}`,
    renders: [],
  },
  {
    name: 'REQUEST_HEADERS',
    group: 'rewriting',
    per: 'service',
    type: 'header rules',
    refused: 'label',
    description:
      'What is done with headers of requests before they go to the task: `set NAME: value` replaces, `add` adds, `del NAME` deletes; one a line, or separated by semicolons. Values are sent as they are.',
    example: 'set X-Env: prod; del X-Debug',
    needs: 'http',
    trait: ({ rules }) => `changes headers of requests: ${headersIn(rules)}`,
    renders: { into: 'backend', stage: 'headers', lines: ({ rules }) => headerLines('http-request', rules) },
  },
  {
    name: 'RESPONSE_HEADERS',
    group: 'rewriting',
    per: 'service',
    type: 'header rules',
    refused: 'label',
    description: 'The same for answers, also those that HAProxy makes for the service, such as redirects.',
    example: 'set X-Frame-Options: DENY; del Server',
    needs: 'http',
    trait: ({ rules }) => `changes headers of answers: ${headersIn(rules)}`,
    renders: { into: 'backend', stage: 'headers', lines: ({ rules }) => headerLines('http-after-response', rules) },
  },
  {
    name: 'CORS_ORIGINS',
    group: 'rewriting',
    per: 'service',
    type: 'origins',
    refused: 'label',
    description:
      'Sites whose pages may call the service, separated by commas: `https://a.example.com`, `*.example.com` with any scheme and port, or only `*`. HAProxy answers all preflight requests (OPTIONS with Access-Control-Request-Method) itself, also without the password of AUTH or AUTH_USERS.',
    example: 'https://shop.example.com,*.example.org',
    needs: 'http',
    trait: (origins) => `pages of ${origins.replaceAll(',', ', ')} may call it`,
    renders: { into: 'backend', stage: 'CORS', lines: corsLines },
  },
  {
    name: 'CORS_METHODS',
    group: 'rewriting',
    per: 'service',
    type: 'methods',
    refused: 'label',
    description: 'Methods that these pages may use, separated by commas.',
    default: 'GET,HEAD,POST,PUT,PATCH,DELETE',
    example: 'GET,PUT',
    lacks: without('CORS_ORIGINS'),
    trait: (methods) => `these pages may use ${methods.replaceAll(',', ', ')}`,
    renders: [],
  },
  {
    name: 'CORS_HEADERS',
    group: 'rewriting',
    per: 'service',
    type: 'header names',
    refused: 'label',
    description: 'Headers that these pages may send, separated by commas.',
    default: 'all',
    example: 'Content-Type,X-Token',
    lacks: without('CORS_ORIGINS'),
    trait: (names) => `these pages may send the headers ${names.replaceAll(',', ', ')}`,
    renders: [],
  },
  {
    name: 'CORS_CREDENTIALS',
    group: 'rewriting',
    per: 'service',
    type: 'boolean',
    refused: 'label',
    description: 'Whether these pages may send cookies and passwords. Not with CORS_ORIGINS `*`.',
    default: 'false',
    example: 'true',
    lacks: (service) =>
      without('CORS_ORIGINS')(service) ?? (service.typed?.['CORS_ORIGINS'] === '*' ? 'CORS_ORIGINS with names' : undefined),
    trait: (may) => `these pages may ${may ? '' : 'not '}send cookies and passwords`,
    renders: [],
  },
  {
    name: 'CORS_MAX_AGE',
    group: 'rewriting',
    per: 'service',
    type: 'duration',
    refused: 'label',
    description: 'How long a browser may keep the answer to a preflight request.',
    default: 'what the browser thinks',
    example: '10m',
    lacks: without('CORS_ORIGINS'),
    trait: (time) => `browsers keep answers to preflight requests for ${time}`,
    renders: [],
  },
  {
    name: 'REWRITE',
    group: 'rewriting',
    per: 'service',
    type: 'rewrites',
    refused: 'label',
    description:
      'Rules of a regular expression that begins with `^` and a path in its place, in which `\\1` is the first group; one a line, or separated by semicolons. Each is tried on the path that the one before left. The query stays.',
    example: '^/v1/(.*) /\\1',
    needs: 'http',
    trait: ({ rules }) => `rewrites paths: ${rules.map(({ match, path }) => `${match} to ${path}`).join(', ')}`,
    renders: {
      into: 'backend',
      stage: 'rewrite',
      lines: ({ rules }) =>
        rules.map(({ match, path }) => `http-request replace-path '${match}' '${path.replaceAll('%', '%%')}'`),
    },
  },
] as const satisfies readonly LabelRow[];

function redirectLines(from: string, { mode, vhosts, typed }: LabelledService): readonly string[] {
  const [first = ''] = vhosts;
  const hosts = from.split(',').filter((host) => host !== first);
  if (hosts.length === 0 || mode === 'tcp') return [];
  const code = (typed?.['REDIRECT_CODE'] as number | undefined) ?? 301;
  return [
    ...inLines('acl label_redirect req.hdr(host),field(1,:) -i', hosts),
    'acl label_secure ssl_fc',
    'acl label_secure req.hdr(X-Forwarded-Proto) -i https',
    ...['https', 'http'].map(
      (scheme) =>
        `http-request redirect code ${code} location ${scheme}://${first}%[pathq] if label_redirect ${scheme === 'http' ? '!' : ''}label_secure`,
    ),
  ];
}

function headersIn(rules: readonly HeaderRule[]): string {
  return rules.map(({ verb, name }) => `${verb} ${name}`).join(', ');
}

function headerLines(phase: 'http-request' | 'http-after-response', rules: readonly HeaderRule[]): readonly string[] {
  return rules.map(({ verb, name, value }) =>
    // A format, in which `%` begins a variable.
    verb === 'del' ? `${phase} del-header ${name}` : `${phase} ${verb}-header ${name} ${quoted(value.replaceAll('%', '%%'))}`,
  );
}

function corsLines(origins: string, { typed }: LabelledService): readonly string[] {
  const isAny = origins === '*';
  const methods = ((typed?.['CORS_METHODS'] as string | undefined) ?? 'GET,HEAD,POST,PUT,PATCH,DELETE').replaceAll(',', ', ');
  const names = typed?.['CORS_HEADERS'] as string | undefined;
  const age = typed?.['CORS_MAX_AGE'] as string | undefined;
  const preflight = [
    `hdr Access-Control-Allow-Methods "${methods}"`,
    `hdr Access-Control-Allow-Headers ${names === undefined ? '%[req.fhdr(Access-Control-Request-Headers)]' : `"${names.replaceAll(',', ', ')}"`}`,
    ...(age === undefined ? [] : [`hdr Access-Control-Max-Age ${secondsOf(age)}`]),
  ].join(' ');
  const allowed = isAny ? '' : ' if label_cors';
  return [
    ...(isAny ? [] : ['http-request set-var(txn.label_origin) req.fhdr(Origin)', ...originLines(origins.split(','))]),
    `http-request return status 204 ${preflight} if ${PREFLIGHT.join(' ')}`,
    `http-after-response set-header Access-Control-Allow-Origin ${isAny ? '*' : '%[var(txn.label_origin)]'}${allowed}`,
    ...(!isAny && typed?.['CORS_CREDENTIALS'] === true
      ? [`http-after-response set-header Access-Control-Allow-Credentials true${allowed}`]
      : []),
    ...(isAny ? [] : ['http-after-response add-header Vary Origin']),
  ];
}

/** The conditions of a request by which a browser asks what a page may do: it has no password. */
export const PREFLIGHT = ['METH_OPTIONS', '{ req.hdr(Access-Control-Request-Method) -m found }'] as const;

function originLines(items: readonly string[]): readonly string[] {
  const patterns = items.flatMap((item) => originPattern(item) ?? []);
  const plain = items.filter((item) => originPattern(item) === undefined);
  return [
    ...inLines('acl label_cors var(txn.label_origin) -m str -i', plain),
    ...patterns.map((pattern) => `acl label_cors var(txn.label_origin) -m reg -i ${pattern}`),
  ];
}
