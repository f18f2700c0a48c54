import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Behaviour } from './behaviour.ts';

/** A task as a real local server: what HAProxy and the health checks talk to. */
export interface TaskServer {
  /** One per wanted address, in order. */
  readonly ports: readonly number[];
  readonly behaviour: Behaviour;
  /** Requests (TCP: connections) since the start, those to `/sim/…` and of health checks included. */
  requests: number;
  /** Called by the path `/sim/exit`. */
  onExit: (code: number) => void;
  /** From now on it answers; before, it says 503. */
  open(readyInMs: number): void;
  close(): Promise<void>;
}

export interface TaskIdentity {
  readonly app: string;
  readonly task: string;
  readonly version: string;
}

export interface Address {
  readonly host: string;
  /** The first that is free is taken; 0 at the end: any. */
  readonly ports: readonly number[];
}

/** Starts a server on each address. Rejects if no port of an address is free. */
export async function startTaskServer(
  identity: TaskIdentity,
  behaviour: Behaviour,
  addresses: readonly Address[],
): Promise<TaskServer> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const ports: number[] = [];
  let readyAt = Number.POSITIVE_INFINITY;
  const self: TaskServer = {
    ports,
    behaviour,
    requests: 0,
    onExit: () => {},
    open: (readyInMs) => {
      readyAt = performance.now() + readyInMs;
    },
    close: async () => {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    self.requests += 1;
    answerAsTask(identity, self, performance.now() >= readyAt, request, response);
  };
  try {
    for (const address of addresses) {
      const server: Server = behaviour.tcp ? createTcpServer((socket) => echo(socket, self)) : createHttpServer(serve);
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => socket.destroy());
      });
      ports.push(await listenOnOne(server, address));
      servers.push(server);
    }
  } catch (error) {
    await self.close();
    throw error;
  }
  return self;
}

function echo(socket: Socket, self: TaskServer): void {
  self.requests += 1;
  socket.pipe(socket);
}

async function listenOnOne(server: Server, address: Address): Promise<number> {
  for (const port of address.ports) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port, address.host, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    if (!error) return (server.address() as AddressInfo).port;
    if (error.code !== 'EADDRINUSE') throw error;
  }
  throw new Error(
    `no free port among ${address.ports.join(', ')} on ${address.host}: free one, or give the simulator other agents`,
  );
}

/**
 * What a task answers: who it is and what it saw, as JSON (`Accept: text/plain`: one line). Paths for tests:
 * `/sim/status?code=503` (all answers, 200 to undo), `/sim/health?ok=false`, `/sim/exit?code=1`, `/sim/requests`,
 * `/sleep?ms=500`, `/redirect?to=/elsewhere`.
 */
function answerAsTask(
  identity: TaskIdentity,
  server: TaskServer,
  ready: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(`http://task${request.url ?? '/'}`);
  request.resume();
  response.setHeader('x-sim-app', identity.app);
  response.setHeader('x-sim-task', identity.task);
  const reply = (status: number, extra: object = {}): void => {
    const seen = { method: request.method, path: request.url, headers: request.headers };
    const plain = request.headers.accept === 'text/plain';
    response.writeHead(status, { 'content-type': plain ? 'text/plain' : 'application/json' });
    const body = { ...identity, port: request.socket.localPort, ...seen, ...extra };
    response.end(plain ? `${identity.app} ${identity.task} ${request.url ?? ''}\n` : `${JSON.stringify(body)}\n`);
  };
  const later = (ms: number, status: number): void => {
    if (ms <= 0) return reply(status);
    const timer = setTimeout(() => reply(status), ms);
    response.once('close', () => clearTimeout(timer));
  };
  const { behaviour } = server;
  switch (url.pathname) {
    case '/sim/status':
      behaviour.status = Number(url.searchParams.get('code') ?? 200);
      return reply(200, { status: behaviour.status });
    case '/sim/health':
      behaviour.health = url.searchParams.get('ok') === 'false' ? 'fail' : 'ok';
      return reply(200, { health: behaviour.health });
    case '/sim/requests':
      return reply(200, { requests: server.requests });
    case '/sim/exit':
      reply(200);
      return server.onExit(Number(url.searchParams.get('code') ?? 1));
    case '/sleep':
      return later(Number(url.searchParams.get('ms') ?? 1000), behaviour.status);
    case '/redirect':
      response.setHeader('location', url.searchParams.get('to') ?? '/');
      return reply(302);
    default:
      if (!ready) return reply(503, { reason: 'starting' });
      if (behaviour.missingPaths.has(url.pathname)) return reply(404);
      if (behaviour.healthPaths.has(url.pathname) && behaviour.status === 200)
        return later(behaviour.delayMs, healthStatus(server));
      return later(behaviour.delayMs, behaviour.status);
  }
}

function healthStatus(server: TaskServer): number {
  const { health } = server.behaviour;
  if (health === 'flap') return Math.floor(performance.now() / 5000) % 2 === 0 ? 200 : 503;
  return health === 'ok' ? 200 : 503;
}
