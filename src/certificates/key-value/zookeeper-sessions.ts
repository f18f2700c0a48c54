/** Sessions with ZooKeeper: one at a time, opened when it is used, and closed when it is not needed any more. */
import type { Client, Exception } from 'node-zookeeper-client';
import { CertificateError } from '../error.ts';
import { STORE_PATIENCE } from '../stores/store-limit.ts';
import { connectSafely } from './zookeeper-client.ts';

export interface SessionOptions {
  /** `host:port`, separated by commas. */
  readonly servers: string;
  /** Milliseconds without a sign of life after which ZooKeeper ends a session. */
  readonly timeout: number;
  /** Milliseconds that an answer may take. */
  readonly patience?: number;
}

export interface ZookeeperSessions {
  /** Asks in a session; `over` aborts at its end. Throws a `CertificateError` if there is no answer in time, and the error of ZooKeeper that has a code. */
  ask<T>(work: (client: Client, over: AbortSignal) => Promise<T>): Promise<T>;
  /** Keeps sessions open until it is disposed of. `changed`: the connection is lost, or there again. */
  hold(changed?: () => void): Disposable;
}

/** What the library gives in the place of a value; it is an error. */
export type Fault = Error | Exception | null;

/** Makes a promise of a call of the library. */
export function promised<T>(call: (done: (error: Fault, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/** Returns ZooKeeper's code for an error, by the names of its protocol. */
export function isCode(error: unknown, code: keyof typeof CODES): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === CODES[code];
}

const CODES = { connectionLoss: -4, noNode: -101, noAuth: -102, badVersion: -103, nodeExists: -110, sessionExpired: -112 };

interface Session {
  readonly client: Client;
  readonly over: AbortSignal;
  readonly ended: Promise<never>;
  end(): void;
}

export function createZookeeperSessions({ servers, timeout, patience = STORE_PATIENCE }: SessionOptions): ZookeeperSessions {
  const holders = new Set<() => void>();
  let opening: Promise<Session> | undefined;
  let uses = 0;
  let idle: NodeJS.Timeout | undefined;

  const open = async (): Promise<Session> => {
    const connection = await connectSafely(servers, timeout);
    const { client } = connection;
    const over = new AbortController();
    const ended = new Promise<never>((_resolve, reject) => {
      over.signal.addEventListener('abort', () => reject(over.signal.reason as Error));
    });
    ended.catch(() => {});
    const session: Session = {
      client,
      over: over.signal,
      ended,
      end() {
        if (over.signal.aborted) return;
        opening = undefined;
        over.abort(new CertificateError(`the session with ZooKeeper at ${servers} has ended`));
        connection.end();
      },
    };
    client.once('expired', () => session.end());
    for (const event of ['connected', 'disconnected']) client.on(event, () => holders.forEach((changed) => changed()));
    return session;
  };

  /** One that could not be opened is opened again at the next call. */
  const opened = (): Promise<Session> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const settle = (): void => {
    clearTimeout(idle);
    if (uses > 0 || holders.size > 0) return;
    idle = setTimeout(() => void opening?.then((session) => session.end()).catch(() => {}), IDLE);
  };

  return {
    async ask(work) {
      uses += 1;
      clearTimeout(idle);
      let timer: NodeJS.Timeout | undefined;
      try {
        const session = await opened();
        const late = new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => {
            reject(new CertificateError(`ZooKeeper at ${servers} gives no answer in ${patience / 1000} s`));
            // The library does not see a connection that is dead.
            session.end();
          }, patience);
        });
        return await Promise.race([work(session.client, session.over), late, session.ended]);
      } catch (error) {
        if (isCode(error, 'connectionLoss') || isCode(error, 'sessionExpired')) {
          throw new CertificateError(`the connection to ZooKeeper at ${servers} is lost`, { cause: error });
        }
        if (isCode(error, 'noAuth')) throw new CertificateError(`ZooKeeper at ${servers} does not allow it`, { cause: error });
        throw error;
      } finally {
        clearTimeout(timer);
        uses -= 1;
        settle();
      }
    },

    hold(changed) {
      const holder = (): void => changed?.();
      holders.add(holder);
      clearTimeout(idle);
      return {
        [Symbol.dispose]() {
          holders.delete(holder);
          settle();
        },
      };
    },
  };
}

/** Milliseconds until a session that is not in use is closed. */
const IDLE = 500;
