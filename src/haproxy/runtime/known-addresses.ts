import type { ConfigDocument } from '../../render/document.ts';
import { HaproxyError } from '../error.ts';
import { serversIn } from './replies.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket } from './socket-address.ts';

/** Asks the running HAProxy which addresses it has for host names. `doc`: its head says where the socket is. Empty if HAProxy does not answer. */
export type KnownAddresses = (doc: ConfigDocument, signal: AbortSignal) => Promise<ReadonlyMap<string, string>>;

/** Only reads: nothing else has to wait meanwhile. */
export function createKnownAddresses(ask: Ask): KnownAddresses {
  return async (doc, signal) => {
    const socket = runtimeSocket(doc);
    if (socket.kind === 'none') return new Map();
    try {
      return addressesIn(await ask(socket.address, lineOf(['show servers state']), signal));
    } catch (error) {
      if (error instanceof HaproxyError) return new Map();
      throw error;
    }
  };
}

/** Returns the address of each host name; a server without one has `-`. */
export function addressesIn(answer: string): ReadonlyMap<string, string> {
  const found = serversIn(answer).filter(({ fqdn, host }) => fqdn !== '-' && fqdn !== '' && host !== '-');
  return new Map(found.map(({ fqdn, host }) => [fqdn, host]));
}
