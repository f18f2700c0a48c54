import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Connections } from '../../../lib/http-connections.ts';
import type { Authorizer } from './auth.ts';
import type { Endpoint } from './endpoint.ts';
import { shown } from './endpoint.ts';
import { MarathonError } from '../error.ts';
import { tlsRemedy } from './tls.ts';
import { systemCode } from '../../../lib/errors.ts';

/** What is asked of Marathon; `path` is appended to the endpoint's URL and may have a query. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** An answer whose body is still to be read, or to be dumped. */
export interface Exchange {
  readonly asked: Pick<Asked, 'method' | 'path'>;
  /** Who answered in the end, fit to be shown. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: IncomingMessage;
  /** A redirect led to where the credentials must not go. */
  readonly withheld: boolean;
}

/** What all exchanges of a client have in common. */
export interface Exchanger {
  readonly connections: Connections;
  readonly authorizer: Authorizer;
  readonly endpoints: readonly Endpoint[];
}

/**
 * Asks one endpoint: with credentials, following one redirect, and once again after a 401 if a new login may help. Answers with any
 * status; throws a `MarathonError` if there is no answer, and the reason of `signal` when that was aborted.
 */
export async function exchange(
  { connections, authorizer, endpoints }: Exchanger,
  endpoint: Endpoint,
  asked: Asked,
  signal: AbortSignal,
): Promise<Exchange> {
  let url = `${endpoint.url}${asked.path}`;
  let fixed = endpoint.authorization;
  let withheld = false;
  let redirected = false;
  let renewed = false;
  for (;;) {
    const authorization = withheld ? undefined : (fixed ?? (await authorizer.header(signal)));
    const answer = await send(connections, url, asked, authorization, signal);
    const status = answer.statusCode ?? 0;
    if (status === 401 && !renewed && !withheld && fixed === undefined) {
      renewed = true;
      if (await renew(authorizer, authorization, answer, signal)) continue;
    }
    const location = REDIRECTS.has(status) ? one(answer.headers['location']) : undefined;
    if (location === undefined) {
      return { asked, url: shown(url), status, headers: answer.headers, body: answer, withheld };
    }
    await discard(answer);
    if (redirected) throw new MarathonError('redirect', `${shown(url)} redirects a second time: only one redirect is followed`);
    if (asked.method !== 'GET') {
      throw new MarathonError('redirect', `${shown(url)} redirects a ${asked.method}: name Marathon's own URL in --marathon`);
    }
    const target = targetOf(location, url);
    const known = endpoints.find((candidate) => new URL(candidate.url).origin === target.origin);
    if (known !== undefined) fixed = known.authorization;
    else if (!isLeaderRedirect(url, target, asked.path)) withheld = true;
    url = target.href;
    redirected = true;
  }
}

/** The first value of a header. */
export function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * A standby Marathon sends the same request on to the leader: the same path, and no weaker scheme. Anything else, such as a login page, must
 * not get the credentials.
 */
function isLeaderRedirect(from: string, target: URL, path: string): boolean {
  const secure = new URL(from).protocol === 'https:';
  const route = new URL(path, 'http://base').pathname;
  return (target.protocol === 'https:' || !secure) && target.pathname.endsWith(route);
}

function targetOf(location: string, base: string): URL {
  const target = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (target === undefined || (target.protocol !== 'http:' && target.protocol !== 'https:')) {
    throw new MarathonError('redirect', `${shown(base)} redirects to something that is no http(s) URL`);
  }
  // Node would take credentials from there.
  target.username = '';
  target.password = '';
  return target;
}

async function send(
  connections: Connections,
  url: string,
  { method, headers, body }: Asked,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  try {
    const all = authorization === undefined ? headers : { ...headers, authorization };
    return await connections.send(url, { method, headers: all, body, signal });
  } catch (error) {
    throw failureOf(error, shown(url), signal);
  }
}

/** Returns whether a new login makes it worth asking again; then, and if the login fails, the answer is of no use any more. */
async function renew(
  authorizer: Authorizer,
  used: string | undefined,
  answer: IncomingMessage,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (!(await authorizer.renew(used, signal))) return false;
  } catch (error) {
    answer.destroy();
    throw error;
  }
  await discard(answer);
  return true;
}

/** A body must be read for its connection to be used again; a long one is not worth that. */
async function discard(answer: IncomingMessage): Promise<void> {
  let size = 0;
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_DISCARDED) answer.destroy();
  });
  await finished(answer).catch(() => {});
}

/** Bytes. */
const MOST_DISCARDED = 128 * 1024;

/** What a failed request or a body that broke off means. */
export function failureOf(error: unknown, url: string, signal: AbortSignal): unknown {
  if (error instanceof MarathonError) return error;
  if (signal.aborted) return signal.reason;
  const code = systemCode(error);
  // All that sockets throw has one: this is a mistake of our own.
  if (code === undefined) return error;
  if (code === 'CONNECT_TIMEOUT') return new MarathonError('connect', `no connection to ${url} in time`, { cause: error });
  const remedy = tlsRemedy(error, '--marathon');
  if (remedy !== undefined) return new MarathonError('tls', `TLS with ${url} failed (${code}): ${remedy}`, { cause: error });
  if (NOT_CONNECTED.has(code)) return new MarathonError('connect', `no connection to ${url} (${code})`, { cause: error });
  return new MarathonError('connection', `the connection to ${url} broke (${code})`, { cause: error });
}

const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
]);
