/** HAProxy as a child in master-worker mode (HAProxy management guide, section 4). */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log/logger.ts';
import { haproxyEnvironment } from '../../lib/process/child-environment.ts';
import { HaproxyError } from '../error.ts';

export interface Master extends AsyncDisposable {
  readonly pid: number;
  /** Settles when the master has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Returns the last alerts that HAProxy printed since the last call. */
  takeAlerts(): readonly string[];
}

export interface MasterSettings {
  readonly binary: string;
  readonly config: string;
  /** Milliseconds that connections have to end when the master is stopped. */
  readonly grace: number;
  /** Aborted: they have no more time to end, now or when the master is stopped; one that does not serve yet is stopped at once. */
  readonly hurry?: AbortSignal;
  /** Path of the master's own socket, over which it can be reloaded. */
  readonly masterSocket?: string;
  /** All of it: by default what HAProxy may have of the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Takes what HAProxy prints to stdout (`log stdout`); by default it goes to the log. */
  readonly out?: (text: string) => void;
}

/**
 * Starts HAProxy and waits until `serves` says that it answers. Disposing stops it softly, and by force after the grace period.
 * Throws `HaproxyError` with HAProxy's own words if it does not start.
 */
export async function startMaster(settings: MasterSettings, serves: () => Promise<boolean>, log: Logger): Promise<Master> {
  const { binary, config, masterSocket, env = haproxyEnvironment(process.env), out, hurry } = settings;
  const socket = masterSocket === undefined ? [] : ['-S', `${masterSocket},mode,600`];
  const child = spawn(binary, ['-W', ...socket, '-f', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In its own process group: a signal to our group (Ctrl-C, `tini -g`) must not end connections.
    detached: true,
    env,
  });
  const said: string[] = [];
  const alerts: string[] = [];
  const logLine = createOutputLogger(log);
  const state = { ended: false, starting: true };
  /** Alerts of a start: if it fails, the error has them, and they are not logged twice. */
  const early: string[] = [];
  if (out !== undefined) child.stdout.setEncoding('utf8').on('data', out);
  for (const stream of out === undefined ? [child.stdout, child.stderr] : [child.stderr]) {
    createInterface({ input: stream.setEncoding('utf8') }).on('line', (line) => {
      if (line.trim() === '') return;
      if (said.length < MOST_SAID) said.push(`${line}\n`);
      if (state.starting && line.startsWith('[ALERT]')) early.push(line.trim());
      else logLine(line.trim());
      if (line.startsWith('[ALERT]') && alerts.push(line) > MOST_ALERTS) alerts.shift();
    });
  }
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
  while (!state.ended && !(await serves())) {
    if (hurry?.aborted === true) await stop(child, ended, settings);
    await Promise.race([ended, sleep(20)]);
  }
  if (state.ended || child.pid === undefined) {
    const words = said.join('').trim().slice(-2000);
    throw new HaproxyError('start-failed', `HAProxy (${settings.binary}) does not start with ${settings.config}: ${words}`, {
      retryable: false,
    });
  }
  state.starting = false;
  for (const line of early) logLine(line);
  return { pid: child.pid, ended, takeAlerts: () => alerts.splice(0), [Symbol.asyncDispose]: () => stop(child, ended, settings) };
}

/** SIGUSR1 lets connections end; SIGTERM ends them; SIGKILL is for what hears neither. */
async function stop(child: ChildProcess, ended: Promise<void>, { grace, hurry }: MasterSettings): Promise<void> {
  for (const signal of ['SIGUSR1', 'SIGTERM'] as const) {
    const isSoft = signal === 'SIGUSR1';
    child.kill(signal);
    const pause = new AbortController();
    const over = isSoft && hurry !== undefined ? AbortSignal.any([pause.signal, hurry]) : pause.signal;
    const isOver = await Promise.race([
      ended.then(() => true),
      sleep(isSoft ? grace : Math.min(grace, LAST_GRACE), false, { signal: over }).catch(() => false),
    ]);
    pause.abort();
    if (isOver) return;
  }
  child.kill('SIGKILL');
  await ended;
}

const MOST_ALERTS = 200;
const MOST_SAID = 200;

/** Milliseconds to end after SIGTERM. */
const LAST_GRACE = 1000;

/**
 * Makes the function that passes what a HAProxy prints, line by line, on to the log: alerts as errors, warnings as information, notices and
 * what it says of this program's own commands for debugging. The lines of a reload that name each proxy of the old worker become one; that
 * its log has no reader is reported once, not by each worker.
 */
export function createOutputLogger(log: Logger): (line: string) => void {
  let isLogMissed = false;
  const stopped = new Map<string, number>();
  const flush = (): void => {
    for (const [pid, count] of stopped)
      log.info(`HAProxy: worker ${pid} takes no new connections: ${count} of its proxies stopped`);
    stopped.clear();
  };
  return (line) => {
    const [, why] = /sendmsg\(\)\/writev\(\) failed in logger.*?: (.*)$/.exec(line) ?? [];
    const [, pid] = /^\S+ +\((\d+)\).*: Proxy \S+ stopped \(/.exec(line) ?? [];
    if (why !== undefined) {
      if (!isLogMissed) log.warn(`HAProxy cannot deliver its own log: ${why}. HAPROXY_SYSLOGD=true brings it to stdout`);
      isLogMissed = true;
    } else if (pid !== undefined) {
      if (stopped.size === 0) setTimeout(flush, STOPPING).unref();
      stopped.set(pid, (stopped.get(pid) ?? 0) + 1);
    } else if (line.startsWith('[ALERT]')) log.error(`HAProxy: ${line}`);
    else if (OF_OURS.test(line)) log.debug(`HAProxy: ${line}`);
    else log.info(`HAProxy: ${line}`);
  };
}

/** Notices, and what HAProxy says of commands at its runtime socket: nearly all are this program's, which logs its changes itself. */
const OF_OURS = /^\[NOTICE\]|: CLI : |: Server \S+ is (?:UP\/READY \(leaving forced|going DOWN for) maintenance/;

/** Milliseconds in which the proxies of a worker stop, one after the other. */
const STOPPING = 300;
