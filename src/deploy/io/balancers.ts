/** Asks every load balancer behind the names what it does. */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { boundedText } from '../../lib/bounded-text.ts';
import { type Connections, createConnections } from '../../lib/http-connections.ts';
import type { BalancerState } from '../types.ts';
import { parseStats } from './stats-csv.ts';
import { systemCode } from '../../lib/errors.ts';

export interface Balancers extends AsyncDisposable {
  /** Never throws but for the signal: a load balancer that does not answer is reported as silent. */
  look(signal: AbortSignal): Promise<readonly BalancerState[]>;
}

/** All addresses of a host name; rejects if there are none. */
export type LookupAll = (host: string) => Promise<readonly string[]>;

/** `urls`: statistics endpoints, maybe with `user:password@`. */
export function createBalancers(
  urls: readonly string[],
  options: { readonly lookup?: LookupAll; readonly timeout?: number } = {},
): Balancers {
  const { lookup: lookupAll = systemLookup, timeout = 5000 } = options;
  const endpoints = urls.map(readEndpoint);
  const known = new Map<Endpoint, readonly string[]>();
  const connections = new Map<string, Connections>();
  /** Addresses that were seen to serve both apps of a group by their own definitions. */
  const own = new Set<string>();

  /** None is kept: a process that HAProxy leaves behind at a reload would wait for its end. */
  const connectionsTo = (address: string): Connections => {
    const known =
      connections.get(address) ?? createConnections({ connectTimeout: timeout, lookup: always(address), keep: false });
    connections.set(address, known);
    return known;
  };

  /** A name that cannot be looked up just now has the addresses it had; `left`: those that it has no more. */
  const addressesOf = async (
    endpoint: Endpoint,
  ): Promise<{ readonly current: readonly string[]; readonly left: readonly string[] }> => {
    if (endpoint.isLiteral) return { current: [endpoint.host], left: [] };
    const before = known.get(endpoint) ?? [];
    const current = await lookupAll(endpoint.host).catch(() => before);
    return { current, left: before.filter((address) => !current.includes(address)) };
  };

  const get = async (endpoint: Endpoint, address: string, path: string, signal: AbortSignal) => {
    const limit = AbortSignal.timeout(timeout);
    const headers: Record<string, string> = endpoint.authorization === undefined ? {} : { authorization: endpoint.authorization };
    try {
      const asked = { headers, signal: AbortSignal.any([signal, limit]) };
      const answer = await connectionsTo(address).send(endpoint.url + path, asked);
      return { status: answer.statusCode, text: await boundedText(answer, MOST_STATISTICS) };
    } catch (error) {
      limit.throwIfAborted();
      throw error;
    }
  };

  const lookAt = async (endpoint: Endpoint, address: string, signal: AbortSignal): Promise<BalancerState> => {
    const name = endpoint.isLiteral ? endpoint.place : `${endpoint.place} (${address})`;
    try {
      const stats = await get(endpoint, address, '/haproxy?stats;csv', signal);
      if (stats.status !== 200) return { kind: 'silent', name, why: `its statistics answer ${stats.status}` };
      const backends = parseStats(stats.text);
      // In this order: a reload in between shows its old process.
      const pids = await get(endpoint, address, '/_haproxy_getpids', signal);
      const processes = pids.status === 200 ? countPids(pids.text) : undefined;
      if (!own.has(name) && (await isOwn(endpoint, address, signal))) own.add(name);
      return { kind: 'answers', name, backends, processes, servesBoth: own.has(name) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'silent', name, why: reasonOf(error) };
    }
  };

  /** `/_mlb/health` has a field for it; 1.15 has no such endpoint, and early versions of this program no such field. */
  const isOwn = async (endpoint: Endpoint, address: string, signal: AbortSignal): Promise<boolean> => {
    try {
      const { status, text } = await get(endpoint, address, '/_mlb/health', signal);
      return status === 200 && /"carriesBothDefinitions"\s*:\s*true/.test(text);
    } catch {
      signal.throwIfAborted();
      return false;
    }
  };

  return {
    async look(signal) {
      const looks = endpoints.map(async (endpoint) => {
        const { current, left } = await addressesOf(endpoint);
        if (current.length === 0) {
          return [{ kind: 'silent', name: endpoint.place, why: 'the name has no address' } as const];
        }
        const all = [...current, ...left].toSorted();
        const seen = await Promise.all(all.map((address) => lookAt(endpoint, address, signal)));
        // A name may give a part of its addresses at a time: one that it has no more counts for as long as it answers.
        const isThere = (address: string, at: number): boolean => current.includes(address) || seen[at]?.kind === 'answers';
        known.set(endpoint, all.filter(isThere));
        return seen.filter((_, at) => isThere(all[at] ?? '', at));
      });
      return (await Promise.all(looks)).flat();
    },
    [Symbol.asyncDispose]() {
      for (const each of connections.values()) each[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** Bytes: those of 10,000 services with their servers are about 20 million. */
const MOST_STATISTICS = 64 * 1024 * 1024;

interface Endpoint {
  readonly url: string;
  readonly host: string;
  /** Host and port, as it is shown. */
  readonly place: string;
  readonly isLiteral: boolean;
  readonly authorization: string | undefined;
}

function readEndpoint(text: string): Endpoint {
  const url = new URL(text);
  const { username, password } = url;
  const userinfo = `${decode(username)}:${decode(password)}`;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    host,
    place: url.host,
    isLiteral: isIP(host) !== 0,
    authorization: username === '' && password === '' ? undefined : `Basic ${Buffer.from(userinfo).toString('base64')}`,
  };
}

/** A lone `%` in a password is no reason to fail. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** IPv4, as 1.15: a load balancer that listens on both must not be asked twice, one that does not is there. */
async function systemLookup(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, family: 4 }).catch(() => lookup(host, { all: true, family: 6 }));
  return [...new Set(found.map(({ address }) => address))];
}

/** The URL keeps its name (for TLS and the Host header); the connection goes to one address of it. */
function always(address: string): LookupFunction {
  const family = isIP(address);
  return (_, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function countPids(text: string): number | undefined {
  const words = text.trim().split(/\s+/);
  return words.every((word) => /^\d+$/.test(word)) ? words.length : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError || error instanceof RangeError) return error.message;
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  return systemCode(error) ?? 'the connection failed';
}
