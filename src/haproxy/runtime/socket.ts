import { connect } from 'node:net';
import { HaproxyError } from '../error.ts';
import { type SocketAddress, formatAddress } from './socket-address.ts';
import { asError, systemCode } from '../../lib/errors.ts';

/** Says one line to a socket of HAProxy and gives the whole answer. */
export type Ask = (address: SocketAddress, line: string, signal: AbortSignal) => Promise<string>;

/** Limits for an answer. */
export interface AskBounds {
  /** Characters of an answer: statistics of 10,000 services with their servers are about 20 million. */
  readonly longest: number;
  /** Milliseconds until the whole answer is there. */
  readonly patience: number;
}

const BOUNDS: AskBounds = { longest: 64 * 1024 * 1024, patience: 60_000 };

/**
 * A connection for every line: one that stays open would go on speaking to the old worker after a reload. Throws
 * `socket-unreachable`, `socket-silent`, or the signal's reason, also for an answer that does not end. `timeout`: milliseconds without any answer.
 */
export function createAsk(timeout = 5000, { longest, patience }: AskBounds = BOUNDS): Ask {
  return (address, line, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = connect(address.kind === 'path' ? { path: address.path } : { host: address.host, port: address.port });
      const slow = setTimeout(() => fail(silent(address, `no end of the answer within ${patience / 1000} s`)), patience);
      const end = (): void => {
        clearTimeout(slow);
        socket.destroy();
        signal.removeEventListener('abort', abort);
      };
      const fail = (error: unknown): void => {
        end();
        reject(asError(error));
      };
      const abort = (): void => fail(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      let answer = '';
      socket.setEncoding('utf8').setTimeout(timeout, () => fail(silent(address, `no answer within ${timeout / 1000} s`)));
      socket.on('data', (chunk: string) => {
        if (answer.length + chunk.length > longest) fail(silent(address, `an answer of more than ${longest} characters`));
        else answer += chunk;
      });
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

function silent(address: SocketAddress, fault: string): HaproxyError {
  const message = `HAProxy's socket ${formatAddress(address)} gives no usable answer (${fault}): is HAProxy overloaded or stopped?`;
  return new HaproxyError('socket-silent', message, { retryable: true });
}

function unreachable(address: SocketAddress, fault: string, cause?: unknown): HaproxyError {
  return new HaproxyError(
    'socket-unreachable',
    `HAProxy's socket ${formatAddress(address)} cannot be used (${fault}): does HAProxy run, and may this user open it?`,
    { retryable: true, cause },
  );
}
