import { once } from 'node:events';
import { chmod, chown, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { type AdminListen, adminAddress } from '../config/places/admin-listen.ts';
import { listening, portOwnerOf } from '../haproxy/check/port-owners.ts';
import { makePassableFolder, makePrivateFolder } from '../haproxy/process/socket-folder.ts';
import type { Logger } from '../log/logger.ts';
import { messageOf, systemCode } from '../lib/errors.ts';
import { aborted } from '../lib/async/signals.ts';

export interface ServeOptions {
  readonly listen: AdminListen;
  /** Group of the socket of `unix:`: that of HAProxy. Left out: that of this program. */
  readonly gid?: number | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds that a client may take for the head of a request. */
  readonly patience?: number;
  /** Milliseconds between tries while the address is taken. */
  readonly retryIn?: number;
}

/**
 * Serves the program's own endpoints until the signal. An address in use is a warning, no more: balancing goes on, and it is
 * tried again now and then.
 */
export async function serveAdmin(
  app: Hono,
  { listen, gid, log, signal, patience = 5000, retryIn = 10_000 }: ServeOptions,
): Promise<void> {
  const shown = adminAddress(listen);
  let isWarned = false;
  while (!signal.aborted) {
    try {
      await using server = await open(app, { listen, gid, patience });
      log.info(`/_mlb/metrics, /_mlb/health and /_mlb/ready are on ${shown}`);
      await Promise.race([aborted(signal), server.failed]);
    } catch (error) {
      if (!isWarned) {
        log.warn(
          `cannot listen on ${shown}: ${await reasonOf(error, listen)}; retrying every ${retryIn / 1000} s (--admin-listen: another address, or off)`,
        );
      }
      isWarned = true;
      await sleep(retryIn, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

async function reasonOf(error: unknown, listen: AdminListen): Promise<string> {
  return systemCode(error) === 'EADDRINUSE' ? addressHolder(listen) : messageOf(error);
}

/** Returns who has an address that is in use, for messages: "address in use by node (pid 812)". */
export async function addressHolder(listen: AdminListen): Promise<string> {
  if (listen.kind === 'unix') return 'another program listens there';
  const socket = (await listening()).find(({ port }) => port === listen.port);
  const owner = socket && (await portOwnerOf(socket.inode));
  return owner === undefined ? 'address in use by another program' : `address in use by ${owner.name} (pid ${owner.pid})`;
}

interface Open extends AsyncDisposable {
  /** Rejects when the server breaks. */
  readonly failed: Promise<never>;
}

async function open(
  app: Hono,
  { listen, gid, patience }: Pick<ServeOptions, 'listen' | 'gid'> & { patience: number },
): Promise<Open> {
  // Without options of its own the adaptor makes a server of HTTP/1.
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { connectionsCheckingInterval: patience / 5 },
  }) as Server;
  server.requestTimeout = 10_000;
  // Connections that send nothing, or drip, must not use up the files of this process.
  server.headersTimeout = patience;
  server.keepAliveTimeout = patience;
  server.maxConnections = 2 * MOST_SILENT;
  endSilent(server);
  if (listen.kind === 'unix') {
    if (listen.folder === 'private') await makePrivateFolder(dirname(listen.path));
    if (listen.folder === 'passable') await makePassableFolder(dirname(listen.path));
    await removeStale(listen.path);
    server.listen({ path: listen.path });
  } else {
    server.listen({ host: listen.host, port: listen.port });
  }
  await once(server, 'listening');
  if (listen.kind === 'unix') {
    if (gid !== undefined && process.getuid?.() === 0) await chown(listen.path, 0, gid);
    await chmod(listen.path, 0o660);
  }
  return {
    failed: once(server, 'error').then(([error]) => {
      throw error;
    }),
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * Ends the oldest of the connections whose request has not come yet if they are many: so they never keep out those that ask at once, as
 * HAProxy and health checks do.
 */
function endSilent(server: Server): void {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
    const [oldest] = silent;
    if (silent.size > MOST_SILENT) oldest?.destroy();
  });
  server.on('request', ({ socket }, answer) => {
    silent.delete(socket);
    answer.once('finish', () => void (socket.destroyed || silent.add(socket)));
  });
}

/** Connections that wait for a request, half of all. */
const MOST_SILENT = 64;

/** Removes a socket file that was left behind by a process that was killed: no program listens on it. */
async function removeStale(path: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
  if (!answers) await rm(path, { force: true });
}
