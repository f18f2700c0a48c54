import type { Logger } from '../../log/logger.ts';
import { orRefusal } from '../error.ts';
import { type Identity, identityIn, isRestarted } from './replies.ts';
import type { SocketConnection } from './connection.ts';

/** Knows which process of HAProxy answers: at a reload, or a restart behind our back, another one takes its place. */
export interface WorkerIdentity {
  /** Notes who answers; true: it is not the one that is known to have what it should have. */
  identify(signal: AbortSignal): Promise<boolean>;
  /** Reloads, and waits until the new process answers. True: HAProxy was reloaded. */
  replace(reload: () => Promise<boolean>, signal: AbortSignal): Promise<boolean>;
}

export interface WorkerIdentityDeps {
  readonly log: Logger;
  readonly connection: SocketConnection;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export function createWorkerIdentity({ log, connection, clock, wait }: WorkerIdentityDeps): WorkerIdentity {
  let known: Identity | undefined;
  /** The process that answers was made by the last reload, as far as is known. */
  let isNew = true;

  return {
    async identify(signal) {
      const now = await identity(signal);
      const restarted = known !== undefined && now !== undefined && isRestarted(known, now);
      const isStrange = restarted || !isNew;
      if (isStrange) {
        const what = restarted
          ? 'was restarted or reloaded by another program'
          : 'did not answer with its new process after the reload';
        log.warn(`HAProxy ${what}: what it has is compared with its configuration`);
      }
      known = now;
      isNew = true;
      return isStrange;
    },

    async replace(reload, signal) {
      const before = await answering(signal);
      if (!(await reload())) return false;
      known = before;
      isNew = await appears(before, signal);
      return true;
    },
  };

  async function identity(signal: AbortSignal): Promise<Identity | undefined> {
    return identityIn(await connection.say(['show info'], signal));
  }

  /** Undefined if no process answered. */
  async function answering(signal: AbortSignal): Promise<Identity | undefined> {
    const answer = await orRefusal(() => identity(signal));
    return answer !== undefined && 'pid' in answer ? answer : undefined;
  }

  /** Waits until another process than `before` answers: until its socket is in place the old worker has it. */
  async function appears(before: Identity | undefined, signal: AbortSignal): Promise<boolean> {
    if (!connection.hasSocket) return true;
    const patience = before === undefined ? FIRST_PATIENCE : PATIENCE;
    for (const end = clock() + patience; clock() < end; await wait(LOOK, signal)) {
      const now = await answering(signal);
      if (now === undefined || (before !== undefined && !isRestarted(before, now))) continue;
      known = now;
      return true;
    }
    // Nobody answered before either: there is nothing to be compared.
    return before === undefined;
  }
}

/** Milliseconds for the new process to answer: if there was one before, if there was none, and between two looks. */
const PATIENCE = 10_000;
const FIRST_PATIENCE = 200;
const LOOK = 10;
