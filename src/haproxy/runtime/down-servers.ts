import type { ConfigDocument } from '../../render/document.ts';
import { HaproxyError } from '../error.ts';
import { serversIn } from './replies.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket } from './socket-address.ts';

/** Asks HAProxy which servers its own checks found down: `ip:port`. `doc`: its head says where the socket is. Empty if HAProxy does not answer. */
export type DownServers = (doc: ConfigDocument, signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** Only reads, so that it needs no lock. */
export function createDownServers(ask: Ask): DownServers {
  return async (doc, signal) => {
    const socket = runtimeSocket(doc);
    if (socket.kind === 'none') return new Set();
    try {
      return downIn(await ask(socket.address, lineOf(['show servers state']), signal));
    } catch (error) {
      if (error instanceof HaproxyError) return new Set();
      throw error;
    }
  };
}

/** What its checks found: in maintenance it is stopped, too, whatever they would find. */
export function downIn(answer: string): ReadonlySet<string> {
  const down = serversIn(answer).filter((server) => server.isDown && server.check === 'on');
  return new Set(down.map(({ host, port }) => `${host}:${port}`));
}
