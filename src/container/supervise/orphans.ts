import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Logger } from '../../log/logger.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { ContainerError } from '../error.ts';

/**
 * Finds masters that a run of this program left behind when it was killed: those with this configuration and this master socket. The
 * function it gives lets them end softly; to be called when their successor serves. Throws `ContainerError` if such a run still goes on:
 * the two would take HAProxy away from each other.
 */
export async function findOrphans(config: string, masterSocket: string, log: Logger): Promise<() => void> {
  const pids: number[] = [];
  for (const { pid, parent } of await findProcesses(config)) {
    const words = await wordsOf(pid);
    const socket = words[words.indexOf('-S') + 1] ?? '';
    if (!words.includes('-S') || socket.split(',')[0] !== masterSocket) continue;
    if (parent !== undefined && (await isRun(parent))) {
      throw new ContainerError(
        `another marathon-lb run (process ${parent}) keeps HAProxy with ${config}: stop that one first, or give this one another --haproxy-config and ports of its own.`,
      );
    }
    pids.push(pid);
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

/** Returns whether a process is this program in this mode; the parent of what was left behind is a program that reaps. */
async function isRun(pid: number): Promise<boolean> {
  const words = await wordsOf(pid);
  return pid !== process.pid && basename(words[0] ?? '') === 'node' && words.includes('run');
}

async function wordsOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
}
