import type { Agent as PlainAgent, IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';

/** Connections to HTTP servers. Disposing of it breaks all of them. */
export interface Connections extends Disposable {
  /**
   * Sends a request and gives the answer as soon as its head is there; the caller reads, discards or destroys its body. Rejects with what broke
   * the connection (its `code` is the system's, OpenSSL's, the HTTP parser's, `CONNECT_TIMEOUT` or `NO_ANSWER`), or with the reason of `signal`,
   * which also breaks the body. A kept connection that the other side has closed meanwhile is no failure of a GET: it is sent on a new one.
   */
  send(url: string, asked: HttpRequest): Promise<IncomingMessage>;
}

export interface HttpRequest {
  /** `GET` if it is left out. */
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

export interface ConnectionsOptions {
  /** Milliseconds for a connection to stand, TLS included. */
  readonly connectTimeout: number;
  readonly tls?: { readonly secureContext?: SecureContext; readonly rejectUnauthorized?: boolean; readonly ca?: string };
  /** Left out: the system's. */
  readonly lookup?: LookupFunction;
  /** Whether a connection is kept for some seconds after use (the default), or closed after each answer. */
  readonly keep?: boolean;
}

/** On Node's own client: another library for it costs every start the time of loading it (`docs/decisions/005-nodes-own-http-client.md`). */
export function createConnections({ connectTimeout, tls, lookup, keep = true }: ConnectionsOptions): Connections {
  const how = { keepAlive: keep, keepAliveMsecs: PROBE_AFTER, timeout: KEPT_FOR, ...(lookup && { lookup }) };
  const agents: Readonly<Record<string, PlainAgent>> = { 'http:': new Agent(how), 'https:': new TlsAgent({ ...how, ...tls }) };

  const send = (text: string, asked: HttpRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers, body, signal } = asked;
      const url = new URL(text);
      const agent = agents[url.protocol];
      // Without its length the body of a DELETE would have no end.
      const sized = body === undefined ? headers : { ...headers, 'content-length': `${Buffer.byteLength(body)}` };
      const options: RequestOptions = { agent, method, headers: sized, signal };
      const request = url.protocol === 'https:' ? requestTls(url, options) : requestPlain(url, options);
      let isAnswered = false;
      request.once('response', (answer) => {
        isAnswered = true;
        resolve(answer);
      });
      // It fails once more when the answer is destroyed: no caller waits for that.
      request.on('error', (error) => {
        if (signal.aborted) reject(signal.reason as Error);
        else if (isAnswered || method !== 'GET' || !request.reusedSocket) reject(error);
        else {
          closeIdle(agent);
          resolve(send(text, asked));
        }
      });
      // Node drops the connection of an answer 101, and calls that no error.
      request.once('close', () => reject(new NoAnswer()));
      request.once('socket', (socket) => {
        if (!socket.connecting) return;
        const timer = setTimeout(() => request.destroy(new ConnectTimeout()), connectTimeout);
        socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
        socket.once('close', () => clearTimeout(timer));
      });
      request.end(body);
    });

  return {
    send,
    [Symbol.dispose]: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The cause that closed one kept connection has probably closed the others. */
function closeIdle(agent: PlainAgent | undefined): void {
  for (const sockets of Object.values(agent?.freeSockets ?? {})) for (const socket of sockets ?? []) socket.destroy();
}

class ConnectTimeout extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

class NoAnswer extends Error {
  readonly code = 'NO_ANSWER';
}

/** Milliseconds that an idle connection is kept: not long, as a firewall in between may drop it silently. */
const KEPT_FOR = 4000;
/** Milliseconds without a byte after which the system begins to ask whether the other side is still there. */
const PROBE_AFTER = 60_000;
