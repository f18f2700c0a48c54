/** Answers that HAProxy keeps and sends again. */
import { hash } from 'node:crypto';
import { cacheSize, MEGABYTE } from '../../values/answers.ts';
import type { LabelledService, LabelRow } from './row.ts';

export const cache = [
  {
    name: 'CACHE',
    group: 'answers',
    per: 'service',
    type: 'cache',
    refused: 'label',
    description:
      'HAProxy keeps answers to GET for so long at most and sends them again; after it, the memory that they may take, without it 4m. Kept is what the task lets caches keep: status 200, with a Cache-Control: max-age or Expires, which count if they are shorter, or with an ETag or Last-Modified, and nothing with Set-Cookie, `private`, `no-store`, or a Vary other than Accept-Encoding, Origin and Referer. Requests with a cookie, Authorization, X-Api-Key, X-Auth-Token, Upgrade or a body always go to a task. It does nothing beside labels that ask who somebody is. All caches together have `--cache-memory`. A reload empties them.',
    example: '60s 8m',
    needs: 'http',
    yieldsTo: loginOf,
    trait: (value) => {
      const { seconds, megabytes } = cacheSize(value);
      return `answers are kept for up to ${seconds} s, in ${megabytes} MB, and sent again without asking a task`;
    },
    renders: [
      { into: 'cache', stage: 'cache', lines: sectionLines },
      { into: 'backend', stage: 'cache', lines: ruleLines },
    ],
  },
] as const satisfies readonly LabelRow[];

/** Returns the name of the cache of a backend: HAProxy takes at most 32 characters. */
export function cacheName(backend: string): string {
  return `cache:${hash('sha256', backend).slice(0, 26)}`;
}

/** An answer for one who has logged in may be for him alone, and not all logins can be seen in the request. */
function loginOf({ auth, typed }: LabelledService): string | undefined {
  if (auth !== undefined) return 'AUTH';
  return ['AUTH_USERS', 'AUTH_URL', 'JWT_KEY'].find((label) => typed?.[label] !== undefined);
}

function sectionLines(value: string): readonly string[] {
  const { seconds, megabytes } = cacheSize(value);
  return [
    `total-max-size ${megabytes}`,
    `max-object-size ${(megabytes * MEGABYTE) / 4}`,
    `max-age ${seconds}`,
    'process-vary on',
  ];
}

/**
 * Returns the rules, which come after all that refuse or change requests. HAProxy finds an answer by host and path alone, while a task may write
 * what headers of a proxy say into it: a client that sends other headers must not get its answer to all. So a digest of these headers stands
 * before the path while HAProxy looks for the answer.
 */
function ruleLines(_: string, { backend }: LabelledService): readonly string[] {
  const name = cacheName(backend);
  const path = 'var(txn.label_cache_path)';
  const isCached = `if { ${path} -m found }`;
  return [
    `acl label_uncached req.hdr_names(:) -m reg -i (^|:)(${PERSONAL.join('|')})(:|$)`,
    `acl label_uncached ${UNKNOWN} -m reg -i (^|:)x[-_]forwarded[-_]`,
    ...ONCE.map((header) => `acl label_uncached req.fhdr_cnt(${header}) gt 1`),
    `acl label_uncached req.fhdr_cnt(${PROTO}) gt 2`,
    'acl label_uncached req.fhdr(forwarded) -m sub -i host=',
    'http-request set-var(txn.label_cache_path) path if METH_GET !label_uncached',
    `http-request set-var-fmt(txn.label_cache_key) ${KEY} ${isCached}`,
    `http-request set-path /%[var(txn.label_cache_key),sha1,hex]%[${path}] ${isCached}`,
    `http-request cache-use ${name} ${isCached}`,
    `http-request set-path %[${path}] ${isCached}`,
    `http-response cache-store ${name} if { ${path} -m found } !{ res.hdr(set-cookie) -m found }`,
  ];
}

/** With one of these, a request is for one client alone, or for something else than its host and path. */
const PERSONAL: readonly string[] = [
  'authorization',
  'cookie',
  'upgrade',
  'content-length',
  'transfer-encoding',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-host',
  'x-url-scheme',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
];

/** What proxies say of the request; only one of each can be compared. */
const ONCE: readonly string[] = ['x-forwarded-host', 'x-forwarded-port', 'x-forwarded-prefix'];

/** HAProxy adds one to that of a client. */
const PROTO = 'x-forwarded-proto';

/** The names of headers without those of proxies that are compared, or that say nothing but who connected. Some servers take `_` for `-`. */
const UNKNOWN = `"req.hdr_names(:),concat(:),regsub('x-forwarded-(for|host|port|prefix|proto):',':',ig)"`;

const KEY = [
  '%[ssl_fc]',
  ...[...ONCE.map((header) => `${header},1`), `${PROTO},1`, `${PROTO},-1`].map((header) => `%[req.fhdr(${header}),url_enc]`),
].join('/');
