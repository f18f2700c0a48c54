import { readFile } from 'node:fs/promises';
import type { Logger } from '../log/logger.ts';
import { findProcesses } from '../haproxy/processes.ts';

/**
 * Finds masters that a run of this program left behind when it was killed: those with this configuration and this master socket. The
 * function it gives lets them end softly; to be called when their successor serves.
 */
export async function findLeftovers(config: string, masterSocket: string, log: Logger): Promise<() => void> {
  const pids: number[] = [];
  for (const { pid } of await findProcesses(config)) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const socket = words[words.indexOf('-S') + 1] ?? '';
    if (words.includes('-S') && socket.split(',')[0] === masterSocket) pids.push(pid);
  }
  return () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGUSR1');
        log.warn(`HAProxy ${pid}, left behind by an earlier run, is told to end`);
      } catch {
        // It has ended.
      }
    }
  };
}
