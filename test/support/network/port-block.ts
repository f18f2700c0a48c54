import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** Ports that no other test of this machine takes while this is held. */
export interface PortBlock extends AsyncDisposable {
  /** The next one that is free; of a further block where programs that reserve none have too many of these. */
  next(): Promise<number>;
}

const FIRST = 20_000;
const LAST = 30_000;
const SIZE = 50;

/**
 * Reserves a block of ports by listening on its first one. They lie below the ports that systems give to connections and outside
 * those of the simulator's agents (31000 to 32000), so that nothing takes one between the look and the use.
 */
export async function reservePorts(): Promise<PortBlock> {
  const blocks = (LAST - FIRST) / SIZE;
  const start = Math.floor(Math.random() * blocks);
  for (let step = 0; step < blocks; step += 1) {
    const base = FIRST + ((start + step) % blocks) * SIZE;
    const guard = await tryToListen(base);
    if (!guard) continue;
    let port = base;
    let further: PortBlock | undefined;
    return {
      async next() {
        for (port += 1; port < base + SIZE; port += 1) {
          const probe = await tryToListen(port);
          await close(probe);
          if (probe) return port;
        }
        further ??= await reservePorts();
        return further.next();
      },
      async [Symbol.asyncDispose]() {
        await further?.[Symbol.asyncDispose]();
        await close(guard);
      },
    };
  }
  throw new Error(`no free block of ports from ${FIRST} to ${LAST}`);
}

/** A port of a block that this process holds until it ends. */
export async function reservedPort(): Promise<number> {
  own ??= reservePorts();
  return (await own).next();
}

let own: Promise<PortBlock> | undefined;

function tryToListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    // It keeps no process alive.
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => resolve(server)).unref();
  });
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server) server.close(() => resolve());
    else resolve();
  });
}
