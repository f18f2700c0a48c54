import type { ConfigDocument } from '../../render/document.ts';
import { HaproxyError } from '../error.ts';
import { type ServerState, serversIn } from './replies.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket } from './socket-address.ts';

/** Asks HAProxy which servers its own checks found down. `doc`: its head says where the socket is. Empty if HAProxy does not answer. */
export type DownServers = (doc: ConfigDocument, signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** The name of a server in the answer. */
type KeyOf = (server: Pick<ServerState, 'backend' | 'name' | 'host' | 'port'>) => string;

/** `ip:port`: the same task may be a server of several backends. */
export const byAddress: KeyOf = ({ host, port }) => `${host}:${port}`;

/** `backend/server`, as HAProxy's own messages name it. */
export const byName: KeyOf = ({ backend, name }) => `${backend}/${name}`;

/** Only reads, so that it needs no lock. */
export function createDownServers(ask: Ask, keyOf: KeyOf = byAddress): DownServers {
  return async (doc, signal) => {
    const socket = runtimeSocket(doc);
    if (socket.kind === 'none') return new Set();
    try {
      return downIn(await ask(socket.address, lineOf(['show servers state']), signal), keyOf);
    } catch (error) {
      if (error instanceof HaproxyError) return new Set();
      throw error;
    }
  };
}

/** Returns the servers that are down by their checks; in maintenance a check is stopped. */
export function downIn(answer: string, keyOf: KeyOf = byAddress): ReadonlySet<string> {
  return new Set(
    serversIn(answer)
      .filter((server) => server.isDown && server.check === 'on')
      .map(keyOf),
  );
}
