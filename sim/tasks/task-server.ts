import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Behaviour } from './behaviour.ts';
import { answerAsTask } from './task-answers.ts';

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

/** Starts a server on each address. Rejects where none of the ports of an address is free. */
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
