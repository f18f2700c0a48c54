import { setTimeout as sleep } from 'node:timers/promises';
import { HaproxyError } from '../error.ts';
import { masterIn, reloadIn } from '../runtime/replies.ts';
import type { Ask } from '../runtime/socket.ts';
import type { SocketAddress } from '../runtime/socket-address.ts';

export interface MasterReload {
  readonly address: SocketAddress;
  readonly ask: Ask;
  /** Seconds in which the master must have reloaded. */
  readonly within: number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Reloads over the master's socket. Returns what failed, or undefined. HAProxy 2.7 and later reports the result; before, the
 * master's counters show it (`show proc`).
 */
export async function reloadByMaster(options: MasterReload, signal: AbortSignal): Promise<string | undefined> {
  const { address, ask, within, wait = (ms, signal) => sleep(ms, undefined, { signal }) } = options;
  try {
    const before = masterIn(await patient('show proc'));
    const said = reloadIn(await patient('reload'));
    if (said !== undefined) return said.ok ? undefined : `HAProxy says: ${withoutNotices(said.log)}`;
    for (let waited = 0; waited <= within * 1000; waited += PAUSE) {
      const now = masterIn(await patient('show proc'));
      if (before !== undefined && now !== undefined) {
        if (now.failed > before.failed) return 'the master counts a failed reload (its log has the reason)';
        if (now.reloads > before.reloads) return undefined;
      }
      await wait(PAUSE, signal);
    }
    return `the master shows no reload within ${within} s`;
  } catch (error) {
    if (error instanceof HaproxyError && (error.code === 'socket-unreachable' || error.code === 'socket-silent'))
      return error.message;
    throw error;
  }

  /** The master refuses connections for a moment while it reloads. */
  async function patient(line: string): Promise<string> {
    for (let left = TRIES; ; left -= 1) {
      try {
        return await ask(address, line, signal);
      } catch (error) {
        if (left <= 0 || !(error instanceof HaproxyError)) throw error;
        await wait(PAUSE, signal);
      }
    }
  }
}

/** Returns what went wrong, without what HAProxy says of itself and its processes; all of it if nothing else is left. */
function withoutNotices(log: string): string {
  const lines = log.split('\n').filter((line) => !line.startsWith('[NOTICE]'));
  return lines.some((line) => line.trim() !== '') ? lines.join('\n') : log;
}

/** Milliseconds between two looks, and how often a refused connection is tried again. */
const PAUSE = 50;
const TRIES = 40;
