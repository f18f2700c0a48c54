import { connect } from 'node:net';
import { HaproxyError, systemCode } from './error.ts';
import { type SocketAddress, tellAddress } from './socket-address.ts';

/** Says one line to a socket of HAProxy and gives the whole answer. */
export type Ask = (address: SocketAddress, line: string, signal: AbortSignal) => Promise<string>;

/**
 * A connection for every line: one that stays open would go on speaking to the old worker after a reload. Throws
 * `socket-unreachable`, or the signal's reason. `timeout`: milliseconds without any answer.
 */
export function createAsk(timeout = 5000): Ask {
  return (address, line, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = connect(address.kind === 'path' ? { path: address.path } : { host: address.host, port: address.port });
      const end = (): void => {
        socket.destroy();
        signal.removeEventListener('abort', abort);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const abort = (): void => fail(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      let answer = '';
      socket.setEncoding('utf8').setTimeout(timeout, () => fail(unreachable(address, `no answer within ${timeout / 1000} s`)));
      socket.on('data', (chunk: string) => (answer += chunk));
      socket.once('error', (cause) => fail(unreachable(address, systemCode(cause) ?? String(cause), cause)));
      socket.once('end', () => {
        end();
        resolve(answer);
      });
      socket.end(`${line}\n`);
    });
}

/** Commands as one line whose answers carry their level. */
export function lineOf(commands: readonly string[]): string {
  return ['set severity-output number', ...commands].join(';');
}

function unreachable(address: SocketAddress, fault: string, cause?: unknown): HaproxyError {
  return new HaproxyError(
    'socket-unreachable',
    `HAProxy's socket ${tellAddress(address)} cannot be used (${fault}): does HAProxy run, and may this user open it?`,
    { retryable: true, cause },
  );
}
