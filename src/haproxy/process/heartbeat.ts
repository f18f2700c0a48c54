/** Watches whether the HAProxy with our configuration is alive: a cheap look every few seconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log/logger.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { HaproxyError } from '../error.ts';
import type { HaproxyProcess } from './processes.ts';
import { type Ask, lineOf } from '../runtime/socket.ts';
import { runtimeSocket } from '../runtime/socket-address.ts';

export interface HeartbeatDeps {
  /** The configuration that HAProxy runs; undefined: not known yet. */
  readonly document: () => ConfigDocument | undefined;
  readonly ask: Ask;
  /** Processes that run with the configuration: looked at if the head has no usable socket. */
  readonly processes: () => Promise<readonly HaproxyProcess[]>;
  readonly log: Pick<Logger, 'error' | 'info'>;
  /** Milliseconds between looks. */
  readonly every?: number;
}

/** `unknown`: HAProxy was not seen yet. `silent`: it has the socket, but does not answer. */
export type HaproxyState = 'unknown' | 'alive' | 'gone' | 'silent';

export interface Heartbeat {
  state(): HaproxyState;
  /** Looks until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export function createHeartbeat({ document, ask, processes, log, every = 2000 }: HeartbeatDeps): Heartbeat {
  let state: HaproxyState = 'unknown';
  let failures = 0;
  const look = async (signal: AbortSignal): Promise<HaproxyState> => {
    const doc = document();
    if (doc === undefined) return 'unknown';
    const socket = runtimeSocket(doc);
    if (socket.kind === 'none') return (await processes()).length > 0 ? 'alive' : 'gone';
    try {
      await ask(socket.address, lineOf(['show info']), signal);
      return 'alive';
    } catch (error) {
      return error instanceof HaproxyError && error.code === 'socket-silent' ? 'silent' : 'gone';
    }
  };
  const note = (found: HaproxyState): void => {
    if (found === 'alive') {
      if (state === 'gone' || state === 'silent') log.info('HAProxy answers again');
      [state, failures] = [found, 0];
      return;
    }
    // One that was never seen may run elsewhere.
    if (found === 'unknown' || state === 'unknown') return;
    failures += 1;
    // One look may fall into the moment in which a reload hands the socket on.
    if (failures < 2 || found === state) return;
    if (state === 'alive') log.error(`HAProxy ${HAPROXY_FAULTS[found]}; /_mlb/ready is false until it answers again`);
    state = found;
  };
  return {
    state: () => state,
    async run(signal) {
      while (!signal.aborted) {
        const found = await look(signal);
        if (!signal.aborted) note(found);
        await sleep(every, undefined, { signal, ref: false }).catch(() => {});
      }
    },
  };
}

/** The fault, for the log and readiness. */
export const HAPROXY_FAULTS: Readonly<Record<'gone' | 'silent', string>> = {
  gone: 'is gone: nothing listens on its runtime socket, or no process has the configuration',
  silent: 'has its runtime socket but does not answer on it',
};
