import type { Agent as PlainAgent, IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';

/** Connections to HTTP servers. Disposing of it breaks all of them. */
export interface Connections extends Disposable {
  /**
   * Sends a request and gives the answer as soon as its head is there; its body is to be read, discarded or destroyed. Rejects with what broke
   * the connection (its `code` is the system's, OpenSSL's, or `CONNECT_TIMEOUT`), or with the reason of `signal`, which also breaks the body.
   */
  send(url: string, asked: HttpRequest): Promise<IncomingMessage>;
}

export interface HttpRequest {
  /** `GET` where it is left out. */
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

  return {
    send: (text, { method = 'GET', headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const url = new URL(text);
        // Without its length the body of a DELETE would have no end.
        const sized = body === undefined ? headers : { ...headers, 'content-length': `${Buffer.byteLength(body)}` };
        const options: RequestOptions = { agent: agents[url.protocol], method, headers: sized, signal };
        const request = url.protocol === 'https:' ? requestTls(url, options) : requestPlain(url, options);
        // It fails once more when the answer is destroyed: nobody waits for that.
        request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
        request.once('response', resolve);
        request.once('socket', (socket) => {
          if (!socket.connecting) return;
          const timer = setTimeout(() => request.destroy(new ConnectTimeout()), connectTimeout);
          socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
          socket.once('close', () => clearTimeout(timer));
        });
        request.end(body);
      }),
    [Symbol.dispose]: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

class ConnectTimeout extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

/** Milliseconds that an idle connection is kept: not long, as what is in between may forget it without a word. */
const KEPT_FOR = 4000;
/** Milliseconds without a byte after which the system begins to ask whether the other side is still there. */
const PROBE_AFTER = 60_000;
