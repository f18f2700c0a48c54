/** HAProxy as a child in master-worker mode (HAProxy management guide, section 4). */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.ts';
import { HaproxyError } from './error.ts';

export interface Master extends AsyncDisposable {
  readonly pid: number;
  /** Settles when the master has ended, by itself or not. */
  readonly ended: Promise<void>;
}

export interface MasterSettings {
  readonly binary: string;
  readonly config: string;
  /** Milliseconds that connections have to end when the master is stopped. */
  readonly grace: number;
}

/**
 * Starts HAProxy and waits until `serves` says that it answers. Disposing stops it softly, and by force after the grace period.
 * Throws `HaproxyError` with HAProxy's own words where it does not start.
 */
export async function startMaster(settings: MasterSettings, serves: () => Promise<boolean>, log: Logger): Promise<Master> {
  const child = spawn(settings.binary, ['-W', '-f', settings.config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 50) said.push(text);
      for (const line of text.split('\n')) if (line.trim() !== '') log.info(`HAProxy: ${line.trim()}`);
    });
  }
  const state = { ended: false };
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      state.ended = true;
      resolve();
    };
    child.once('error', (error) => {
      said.push(error.message);
      end();
    });
    child.once('exit', end);
  });
  while (!state.ended && !(await serves())) await Promise.race([ended, sleep(20)]);
  if (state.ended || child.pid === undefined) {
    const words = said.join('').trim().slice(-2000);
    throw new HaproxyError('start-failed', `HAProxy (${settings.binary}) does not start with ${settings.config}: ${words}`, {
      retryable: false,
    });
  }
  return { pid: child.pid, ended, [Symbol.asyncDispose]: () => stop(child, ended, settings.grace) };
}

/** SIGUSR1 lets connections end; SIGTERM ends them; SIGKILL is for what hears neither. */
async function stop(child: ChildProcess, ended: Promise<void>, grace: number): Promise<void> {
  for (const signal of ['SIGUSR1', 'SIGTERM'] as const) {
    child.kill(signal);
    const pause = new AbortController();
    const isOver = await Promise.race([ended.then(() => true), sleep(grace, false, { signal: pause.signal }).catch(() => false)]);
    pause.abort();
    if (isOver) return;
  }
  child.kill('SIGKILL');
  await ended;
}
