import type { MarathonSettings } from '../../../config/settings.ts';
import { createConnections } from '../../../lib/http-connections.ts';
import type { Logger } from '../../../log/logger.ts';
import { readJson, readStream, readText } from './response.ts';
import type { JsonAnswer, MarathonAnswer, MarathonStream } from './response.ts';
import { createAuthorizer } from './auth.ts';
import { collectJson } from './collect-json.ts';
import type { Collector } from './collect-json.ts';
import { deadline } from '../../../lib/async/deadline.ts';
import { endpointOf } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { MarathonError, MarathonUnreachable } from '../error.ts';
import type { EndpointFailure } from '../error.ts';
import { exchange, failureOf, one } from './request.ts';
import type { Asked, Exchange } from './request.ts';
import { tlsOptions } from './tls.ts';
import { NEVER } from '../../../lib/async/signals.ts';

/** Speaks HTTP with one of several Marathons, the one that last answered first. */
export interface MarathonClient extends AsyncDisposable {
  /** `X-Marathon-Leader` of the last answer that had it: `http://host:port`. */
  readonly leader: string | undefined;
  /** JSON of an answer 200. Throws `MarathonUnreachable`, or a `MarathonError` (`not-found`, `unexpected-status`). */
  getJson(path: string, signal?: AbortSignal): Promise<unknown>;
  /** What a collector makes of such an answer while it comes in; a new one for each endpoint that is tried. Throws as `getJson` does. */
  collect<T>(path: string, collector: () => Collector<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Any answer of Marathon's own, also 4xx (404 only if it is Marathon that knows no such object). Throws `MarathonUnreachable`. What
   * writes goes to a next endpoint only if the first cannot have done it.
   */
  request(asked: MarathonRequest, signal?: AbortSignal): Promise<MarathonAnswer>;
  /** An answer 200 of type `text/event-stream`, to be read for as long as it lasts. Throws `MarathonUnreachable`. */
  openStream(asked: { path: string; headers: Readonly<Record<string, string>> }, signal: AbortSignal): Promise<MarathonStream>;
}

export interface MarathonRequest {
  readonly method: Asked['method'];
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface ClientOptions {
  readonly log: Logger;
  /** Of this program, for the `User-Agent`. */
  readonly version: string;
  /** Milliseconds for a connection to stand. */
  readonly connectTimeout?: number;
  /** Milliseconds for a whole answer; of a stream, for its head. */
  readonly answerTimeout?: number;
  /** Milliseconds after which the log says that an answer is waited for. */
  readonly slowAfter?: number;
  /** Bytes of a body, unpacked. */
  readonly maxBody?: number;
}

/** Throws a `MarathonError` (`ca-unreadable`) or a `TypeError` (URL) if the settings cannot be used. */
export function createClient(settings: MarathonSettings, options: ClientOptions): MarathonClient {
  const { log, version, connectTimeout = 3000, answerTimeout = 46_000, slowAfter = 5000, maxBody = 1024 ** 3 } = options;
  const endpoints = settings.urls.map((url) => endpointOf(url));
  const usesTls = endpoints.some(({ url }) => url.startsWith('https:')) || settings.auth.kind === 'dcos';
  // A file that cannot be used is a mistake also if nothing needs it yet.
  const tls = usesTls || settings.caCert !== undefined ? tlsOptions(settings) : {};
  const connections = createConnections({ connectTimeout, tls });
  const userAgent = `marathon-lb/${version}`;
  const authorizer = createAuthorizer(settings.auth, { connections, userAgent });
  const exchanger = { connections, authorizer, endpoints };
  let preferred = 0;
  let leader: string | undefined;

  /** Asks the endpoints in turn until `read` makes something of an answer. */
  const ask = async <T>(
    asked: Asked,
    signal: AbortSignal,
    read: (answer: Exchange, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const failures: EndpointFailure[] = [];
    for (const [index, endpoint] of inOrder(endpoints, preferred)) {
      try {
        const result = await tryOne(endpoint, asked, signal, read);
        preferred = index;
        return result;
      } catch (error) {
        if (signal.aborted || !(error instanceof MarathonError)) throw error;
        log.debug(`Marathon at ${endpoint.url} failed: ${error.message}`, { code: error.code });
        failures.push({ url: endpoint.url, error });
        // The login is the same for all.
        if (error.code === 'login' || (asked.method !== 'GET' && !cannotHaveBeenDone(error))) break;
      }
    }
    throw new MarathonUnreachable(failures);
  };

  const tryOne = async <T>(
    endpoint: Endpoint,
    asked: Asked,
    signal: AbortSignal,
    read: (answer: Exchange, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    using limit = deadline(signal, answerTimeout, () => {
      return new MarathonError('timeout', `${endpoint.url} did not answer in full within ${answerTimeout / 1000} s`);
    });
    const slow = setTimeout(() => {
      log.info(
        `waiting for Marathon at ${endpoint.url}: ${asked.method} ${asked.path.split('?')[0]} has no full answer after ${slowAfter / 1000} s; it is given up after ${answerTimeout / 1000} s`,
      );
    }, slowAfter);
    try {
      const answer = await exchange(exchanger, endpoint, asked, limit.signal);
      leader = one(answer.headers['x-marathon-leader']) ?? leader;
      return await read(answer, limit.signal);
    } catch (error) {
      throw failureOf(error, endpoint.url, limit.signal);
    } finally {
      clearTimeout(slow);
    }
  };

  const collect = async <T>(path: string, collector: () => Collector<T>, signal: AbortSignal): Promise<T> => {
    const answer = await ask<JsonAnswer<T>>({ method: 'GET', path, headers: json }, signal, (answer, limit) => {
      return readJson(answer, collector(), { maxBody, signal: limit });
    });
    if (answer.refusal !== undefined) throw answer.refusal;
    return answer.value;
  };

  const json = { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': userAgent };
  return {
    get leader() {
      return leader;
    },
    getJson: (path, signal = NEVER) => collect(path, collectJson, signal),
    collect: (path, collector, signal = NEVER) => collect(path, collector, signal),
    request: ({ method, path, body }, signal = NEVER) => {
      const asked: Asked =
        body === undefined
          ? { method, path, headers: json }
          : { method, path, headers: { ...json, 'content-type': 'application/json' }, body: JSON.stringify(body) };
      return ask(asked, signal, (answer, limit) => readText(answer, { maxBody, signal: limit }));
    },
    openStream: ({ path, headers }, signal) => {
      // The deadline ends with the head; what ends the body is `signal`.
      return ask({ method: 'GET', path, headers: { ...headers, 'user-agent': userAgent } }, signal, (answer, limit) => {
        return readStream(answer, { signal, maxBody, head: limit });
      });
    },
    [Symbol.asyncDispose]: () => {
      connections[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

function* inOrder(endpoints: readonly Endpoint[], first: number): Generator<[number, Endpoint]> {
  for (let step = 0; step < endpoints.length; step++) {
    // The preferred one, then the others as they were configured.
    const index = step === 0 ? first : step <= first ? step - 1 : step;
    const endpoint = endpoints[index];
    if (endpoint !== undefined) yield [index, endpoint];
  }
}

function cannotHaveBeenDone(error: MarathonError): boolean {
  return ['connect', 'tls', 'unauthorized', 'forbidden', 'not-found'].includes(error.code) || error.status === 503;
}
