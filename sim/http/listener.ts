import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Authentication } from './auth.ts';
import { serveEventStream } from './event-stream.ts';
import { takeFault, type Faults } from './faults.ts';
import { leaderless } from './leader.ts';
import type { SimOptions } from '../options.ts';
import type { Cluster } from '../cluster/cluster.ts';

export interface Listener extends AsyncDisposable {
  /** With the base path, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  /** Requests so far, by path without query. */
  readonly requests: Map<string, number>;
}

export interface ListenerParts {
  readonly cluster: Cluster;
  readonly faults: Faults;
  readonly authentication: Authentication;
  /** Without base path. */
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>;
  /** `/_sim/…`; open to everybody and never faulty. */
  readonly admin: (request: Request, env: unknown) => Response | Promise<Response>;
  /** A standby: the event stream is a redirect to this URL (1.4: it is passed on), all else is passed on. */
  readonly standbyOf?: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Opens the port on which a Marathon is heard. Disposing closes its connections, too. */
export async function listen(
  parts: ListenerParts,
  options: Pick<SimOptions, 'port' | 'bind' | 'tls' | 'basePath'>,
): Promise<Listener> {
  const requests = new Map<string, number>();
  const handle = handler(parts, options.basePath ?? '', requests, () => host);
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    void Promise.resolve(handle(request, response)).catch(() => response.destroy());
  };
  const server: Server = options.tls ? createHttpsServer(options.tls, serve) : createHttpServer(serve);
  const bind = options.bind ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, bind, resolve);
  });
  const host = `${bind.includes(':') ? `[${bind}]` : bind}:${(server.address() as AddressInfo).port}`;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}${options.basePath ?? ''}`,
    host,
    requests,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function handler(parts: ListenerParts, basePath: string, requests: Map<string, number>, host: () => string): Handler {
  const { cluster, faults, authentication, standbyOf } = parts;
  const api = getRequestListener(parts.fetch, { overrideGlobalObjects: false });
  const admin = getRequestListener(parts.admin, { overrideGlobalObjects: false });
  return async (request, response) => {
    const given = request.url ?? '/';
    if (given.startsWith('/_sim')) return admin(request, response);
    if (authentication.login && given.startsWith('/acs/api/v1/auth/login'))
      return send(response, await authentication.login(await textOf(request)));
    if (!given.startsWith(basePath)) return send(response, new Response('Not Found', { status: 404 }));
    request.url = given.slice(basePath.length) || '/';
    const url = new URL(`http://marathon${request.url}`);
    requests.set(url.pathname, (requests.get(url.pathname) ?? 0) + 1);

    if (leaderless(cluster)) {
      const page = '<html><body><h2>HTTP ERROR</h2><p>Could not determine the current leader</p></body></html>\n';
      return send(response, new Response(page, { status: cluster.leader.status, headers: { 'content-type': 'text/html' } }));
    }
    const refused = await authentication.refuse(request.headers.authorization);
    if (refused) return send(response, refused);
    response.setHeader('x-marathon-leader', `http://${cluster.leader.host}`);
    if (standbyOf !== undefined) response.setHeader('x-marathon-via', `1.1 ${host()}`);
    if (url.pathname !== '/v2/events') return api(request, response);

    if (standbyOf !== undefined && cluster.settings.profile !== '1.4') {
      return send(response, new Response(null, { status: 302, headers: { location: `${standbyOf}/v2/events${url.search}` } }));
    }
    if (request.method !== 'GET' || request.headers.accept !== 'text/event-stream') {
      return send(response, new Response('HTTP method GET is not supported by this URL\n', { status: 405 }));
    }
    const fault = takeFault(faults, '/v2/events');
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'latency') await cluster.settings.clock.sleep(fault.ms ?? 1000, cluster.signal);
    else if (fault) {
      const { kind, status = 503, message = 'Fault' } = fault;
      const headers = { 'content-type': 'text/html' };
      return send(
        response,
        new Response(`<html><body>${message}</body></html>\n`, { status: kind === 'status' ? status : 200, headers }),
      );
    }
    return serveEventStream(cluster, faults, request, response, url.searchParams);
  };
}

async function send(response: ServerResponse, answer: Response): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
