import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log/logger.ts';
import type { Op } from '../../plan/operations.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { readRunningState } from '../drift/read-state.ts';
import { formatOp } from './commands.ts';
import { createWorkerIdentity } from './worker-identity.ts';
import type { Lock } from '../../lib/async/mutex.ts';
import { operate } from './operations.ts';
import { createServerRemoval } from './server-removal.ts';
import { findDrift } from '../drift/drift.ts';
import type { Drift } from '../drift/drift-frontends.ts';
import { orRefusal } from '../error.ts';
import type { Ask } from './socket.ts';
import { createSocketConnection } from './connection.ts';

/** The result of operations; `commands`: what was sent to HAProxy. */
export type RuntimeResult =
  | { readonly kind: 'done'; readonly commands: readonly string[] }
  /** Some of the operations may have been done. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Another process than before answers: nothing was done, compare what it has first. */
  | { readonly kind: 'restarted' };

export type Inspected =
  /** `isRestarted`: another process than before answers. */
  (Drift & { readonly kind: 'found'; readonly isRestarted: boolean }) | { readonly kind: 'unreachable'; readonly reason: string };

/** Sends commands to the running HAProxy. The caller keeps reloads and other calls away meanwhile. */
export interface Runtime extends AsyncDisposable {
  /** Runs the operations in their order, until one is refused. `doc`: its head says where the socket is. */
  run(doc: ConfigDocument, ops: readonly Op[], signal: AbortSignal): Promise<RuntimeResult>;
  /** Compares HAProxy with a document. */
  inspect(doc: ConfigDocument, signal: AbortSignal): Promise<Inspected>;
  /** Returns whether another program restarted or reloaded HAProxy since the last command. */
  isRestarted(signal: AbortSignal): Promise<boolean>;
  /**
   * Reloads; commands go to the new process then, which has exactly what the files say. `reload` returns
   * whether HAProxy was reloaded.
   */
  around(doc: ConfigDocument | undefined, reload: () => Promise<boolean>, signal: AbortSignal): Promise<void>;
  /** Servers that wait for their last session to end. */
  leaving(): number;
}

export interface RuntimeDeps {
  readonly log: Logger;
  readonly ask: Ask;
  readonly lock: Lock;
  /** Path of the configuration: its files lie beside it. */
  readonly config: string;
  /** Seconds. */
  readonly drainTimeout: number;
  readonly clock?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export function createRuntime(deps: RuntimeDeps): Runtime {
  const {
    log,
    ask,
    lock,
    config,
    drainTimeout,
    clock = () => performance.now(),
    wait = (ms, signal) => sleep(ms, undefined, { signal }),
  } = deps;
  const stop = new AbortController();
  const connection = createSocketConnection({ ask, log });
  const worker = createWorkerIdentity({ log, connection, clock, wait });
  const removal = createServerRemoval({
    drainTimeout,
    log,
    lock,
    clock,
    send: (commands) => connection.send(commands, stop.signal),
  });

  /** Returns whether another process than before answers: it has none of the servers that are being removed. */
  const hasRestarted = async (signal: AbortSignal): Promise<boolean> => {
    const isStrange = await worker.identify(signal);
    if (isStrange) removal.clear();
    return isStrange;
  };

  const isLeaving = (backend: string, name: string): boolean => removal.get(backend, name) !== undefined;

  return {
    async run(doc, ops, signal) {
      const commands: string[] = [];
      const send = (words: readonly string[]) => connection.send(words, signal);
      return orRefusal(async () => {
        connection.locate(doc);
        if (ops.length === 0) return { kind: 'done', commands };
        if (await hasRestarted(signal)) return { kind: 'restarted' };
        for (const op of ops) {
          const refused = await operate(op, { config, send, removal, commands, log });
          if (refused !== undefined) return { kind: 'refused', reason: `HAProxy refused to ${formatOp(op)}: ${refused}` };
        }
        return { kind: 'done', commands };
      });
    },

    async inspect(doc, signal) {
      const result = await orRefusal(async () => {
        connection.locate(doc);
        const isOther = await hasRestarted(signal);
        const actual = await readRunningState(doc, config, (words) => connection.send(words, signal));
        return { kind: 'found' as const, ...findDrift(doc, actual, isLeaving), isRestarted: isOther };
      });
      return result.kind === 'found' ? result : { kind: 'unreachable', reason: result.reason };
    },

    isRestarted: (signal) => worker.isOther(signal),

    async around(doc, reload, signal) {
      await orRefusal(async () => doc && connection.locate(doc));
      let isOther = true;
      try {
        isOther = await worker.replace(reload, signal);
      } finally {
        // After a reload that failed it is not known what answers: a server of the same name may take requests there.
        if (isOther) removal.clear();
      }
    },

    leaving: () => removal.size,

    async [Symbol.asyncDispose]() {
      stop.abort();
      await removal[Symbol.asyncDispose]();
    },
  };
}
