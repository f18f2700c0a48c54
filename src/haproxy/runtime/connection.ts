import type { Logger } from '../../log/logger.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { HaproxyError } from '../error.ts';
import { type Ask, lineOf } from './socket.ts';
import { runtimeSocket, type SocketAddress } from './socket-address.ts';

/** Sends commands to the HAProxy of a document: its head names the socket. Throws `socket-unreachable`. */
export interface SocketConnection {
  /** Connects to the socket of this document from now on. Throws if it has none, and logs that once. */
  locate(doc: ConfigDocument): void;
  /** Sends all commands as one line, and returns the answer. */
  send(commands: readonly string[], signal: AbortSignal): Promise<string>;
  /** A socket was found. */
  readonly hasSocket: boolean;
}

export function createSocketConnection({ ask, log }: { readonly ask: Ask; readonly log: Logger }): SocketConnection {
  let address: SocketAddress | undefined;
  let advised = '';

  return {
    locate(doc) {
      const found = runtimeSocket(doc);
      if (found.kind === 'found') {
        address = found.address;
        return;
      }
      address = undefined;
      if (advised !== found.advice) log.warn(found.advice);
      advised = found.advice;
      throw noSocket();
    },
    async send(commands, signal) {
      if (address === undefined) throw noSocket();
      return ask(address, lineOf(commands), signal);
    },
    get hasSocket() {
      return address !== undefined;
    },
  };
}

function noSocket(): HaproxyError {
  return new HaproxyError('socket-unreachable', 'there is no admin socket', { retryable: false });
}
