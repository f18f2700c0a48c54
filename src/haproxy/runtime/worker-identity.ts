import type { Logger } from '../../log/logger.ts';
import { orRefusal } from '../error.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { type Identity, identityIn, isRestarted } from './replies.ts';
import type { SocketConnection } from './connection.ts';

/** Knows which process of HAProxy answers: after a reload, or a restart by another program, it is another one. */
export interface WorkerIdentity {
  /** Notes who answers. Returns whether it is another process than the one that is known to have what it should have. */
  identify(signal: AbortSignal): Promise<boolean>;
  /** Returns whether another process answers than the one that is known; notes nothing. False if none answers, or none is known. */
  isOther(signal: AbortSignal): Promise<boolean>;
  /** Reloads, and waits until the new process answers. Returns whether HAProxy was reloaded. */
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

    async isOther(signal) {
      const now = await answering(signal);
      return known !== undefined && now !== undefined && isRestarted(known, now);
    },

    async replace(reload, signal) {
      const before = await answering(signal);
      if (!(await reload())) return false;
      known = before;
      if (connection.hasSocket) {
        const found = await waitForNewWorker({ answering }, { answering: before }, { within: 0, clock, wait }, signal);
        if (found.kind === 'answers') known = found.worker;
        // If no process answered before either, there is nothing to be compared.
        isNew = found.kind === 'answers' || before === undefined;
      } else isNew = true;
      return true;
    },
  };

  async function identity(signal: AbortSignal): Promise<Identity | undefined> {
    return identityIn(await connection.send(['show info'], signal));
  }

  /** Undefined if no process answered. */
  async function answering(signal: AbortSignal): Promise<Identity | undefined> {
    const answer = await orRefusal(() => identity(signal));
    return answer !== undefined && 'pid' in answer ? answer : undefined;
  }
}

/** The ways to look at HAProxy. */
export interface WorkerView {
  /** Returns who answers on the runtime socket; undefined if no process does. */
  readonly answering: (signal: AbortSignal) => Promise<Identity | undefined>;
  /** Returns the processes that run with the configuration; left out if nothing looks for them. */
  readonly processes?: () => Promise<readonly HaproxyProcess[]>;
}

/** The result of a look. */
export interface WorkerSight {
  readonly answering: Identity | undefined;
  readonly processes?: readonly HaproxyProcess[];
}

export interface WorkerWait {
  /** Milliseconds for a new process to appear. */
  readonly within: number;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** The result of a reload; `stays`: a new process does not answer and has not ended. */
export type NewWorker =
  | { readonly kind: 'answers'; readonly worker: Identity }
  | { readonly kind: 'stays' }
  | { readonly kind: 'none' };

/** Looks at the worker that a reload will replace. A process of another configuration may answer on the socket: it does not count. */
export async function lookAtWorker({ answering, processes }: WorkerView, signal: AbortSignal): Promise<WorkerSight> {
  const found = await processes?.();
  const worker = await answering(signal);
  if (found === undefined) return { answering: worker };
  return { processes: found, answering: found.some(({ pid }) => pid === worker?.pid) ? worker : undefined };
}

/**
 * Waits after a reload until a process answers that was not there before: until its socket is in place, the old worker answers. A process
 * that cannot have its ports may live for seconds (HAProxy 3.2) and end then. If none answered before either, a new one must only stay.
 */
export async function waitForNewWorker(
  { answering, processes }: WorkerView,
  before: WorkerSight,
  { within, clock, wait }: WorkerWait,
  signal: AbortSignal,
): Promise<NewWorker> {
  const start = clock();
  const known = new Set(before.processes?.map(keyOf));
  const isNew = (worker: Identity, fresh: readonly HaproxyProcess[]): boolean => {
    if (processes !== undefined) return fresh.some(({ pid }) => pid === worker.pid);
    return before.answering === undefined || isRestarted(before.answering, worker);
  };
  const firstSeen = new Map<string, number>();
  let lastSeen = Number.POSITIVE_INFINITY;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, firstSeen.size > 0 ? SHORT_PAUSE : LONG_PAUSE)) {
    // If nothing looks for processes, there may be a new one that does not answer yet.
    const fresh = processes === undefined ? [UNSEEN] : (await processes()).filter((each) => !known.has(keyOf(each)));
    const worker = fresh.length === 0 ? undefined : await answering(signal);
    if (worker !== undefined && isNew(worker, fresh)) return { kind: 'answers', worker };
    const elapsed = clock() - start;
    if (fresh.length > 0) lastSeen = elapsed;
    else if (elapsed >= within || elapsed - lastSeen >= GONE) return { kind: 'none' };
    const mustAnswer = before.answering !== undefined && elapsed < Math.max(within, LONGEST_START);
    for (const key of fresh.map(keyOf)) {
      const since = firstSeen.get(key);
      if (since === undefined) firstSeen.set(key, elapsed);
      else if (!mustAnswer && elapsed - since >= STAY) return { kind: 'stays' };
    }
    await wait(pause, signal);
  }
}

/** Milliseconds between two looks: at first, once a new process is there, and at most. */
const FIRST_PAUSE = 10;
const SHORT_PAUSE = 20;
const LONG_PAUSE = 500;

/** Milliseconds a new process must stay, those without one after it ended, and those after which one that does not answer is believed. */
const STAY = 200;
const GONE = 1000;
const LONGEST_START = 10_000;

const UNSEEN: HaproxyProcess = { pid: 0, started: '' };

function keyOf({ pid, started }: HaproxyProcess): string {
  return `${pid} ${started}`;
}
