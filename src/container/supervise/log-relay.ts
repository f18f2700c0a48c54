/**
 * Copies HAProxy's log to stdout if a head of the operator sends it to a socket, as `log /dev/log` does. Node has no datagram sockets of
 * the UNIX kind, HAProxy has them (configuration manual, section 10: log forwarding): a second, small one hears what the first one says.
 */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Master, startMaster } from '../../haproxy/process/master.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { type Logger, silent } from '../../log/logger.ts';
import { listenerOf, logSocketsIn } from './log-sockets.ts';
import { createRestartPause } from './restart-backoff.ts';
import { messageOf } from '../../lib/errors.ts';

export interface LogRelayRequest {
  /** Text of the head that HAProxy runs with. */
  readonly head: string;
  readonly binary: string;
  /** The path of the relay's own configuration. */
  readonly config: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes the lines. */
  readonly out: (text: string) => void;
  /** Aborted: what does not hear yet is given up. */
  readonly hurry: AbortSignal;
}

/**
 * Receives the log lines at the sockets that the head's `log` lines name, until it is disposed of. Those that another program reads are left
 * to it; what cannot be heard is a warning, as HAProxy serves without.
 */
export async function relayLog(request: LogRelayRequest, log: Logger): Promise<AsyncDisposable | undefined> {
  const { head, config } = request;
  await endOrphans(config);
  const sockets: string[] = [];
  for (const path of logSocketsIn(head)) {
    if ((await listenerOf(path)) === 'none') sockets.push(path);
    else log.info(`HAPROXY_SYSLOGD: HAProxy's log goes to ${path}, which another program reads`);
  }
  if (sockets.length === 0) return undefined;
  const stop = new AbortController();
  let relay: Master | undefined;
  try {
    relay = await start(request, sockets);
  } catch (error) {
    const places = sockets.join(', ');
    log.warn(
      `HAPROXY_SYSLOGD: HAPROXY_HEAD has HAProxy log to ${places}, which nobody reads, and which cannot be read here; write \`log stdout format raw local0\` in its place (${messageOf(error)})`,
    );
    return undefined;
  }
  const kept = keep();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await relay?.[Symbol.asyncDispose]();
      await kept;
      for (const path of [...sockets, config]) await rm(path, { force: true }).catch(() => {});
    },
  };

  /** Starts it again if it ends unasked. */
  async function keep(): Promise<void> {
    const pause = createRestartPause();
    let isSaid = false;
    for (;;) {
      await relay?.ended;
      await sleep(pause.next(), undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      try {
        relay = await start(request, sockets);
        isSaid = false;
        if (stop.signal.aborted) return await relay[Symbol.asyncDispose]();
      } catch (error) {
        if (!isSaid) log.warn(`HAProxy's log does not reach stdout for now: ${messageOf(error)}`);
        isSaid = true;
      }
    }
  }
}

/** Throws what stands against it: `HaproxyError`, or an error of the system. */
async function start({ binary, config, env, out, hurry }: LogRelayRequest, sockets: readonly string[]): Promise<Master> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  const isUp = async (): Promise<boolean> => {
    for (const path of sockets) if ((await listenerOf(path)) !== 'datagrams') return false;
    return true;
  };
  let relay: Master | undefined;
  try {
    await writeFile(config, configFor(sockets), { mode: 0o600 });
    relay = await startMaster(
      { binary, config, grace: GRACE, env, out, hurry: AbortSignal.any([hurry, late.signal]) },
      isUp,
      silent,
    );
    // HAProxy itself may be another user by then.
    for (const path of sockets) await chmod(path, 0o666);
    return relay;
  } catch (error) {
    await relay?.[Symbol.asyncDispose]();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function configFor(sockets: readonly string[]): string {
  return [
    'global',
    '  maxconn 10',
    '  nbthread 1',
    'log-forward relay',
    ...sockets.map((path) => `  dgram-bind unix@${path}`),
    '  log stdout len 65535 format raw local0',
    '',
  ].join('\n');
}

/** Of a run that was killed. What does not end, another user's, is left alone. */
async function endOrphans(config: string): Promise<void> {
  for (let left = PATIENCE / PAUSE; left > 0; left -= 1) {
    const found = await findProcesses(config);
    if (found.length === 0) return;
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended, or is not ours.
      }
    }
    await sleep(PAUSE);
  }
}

/** Milliseconds in which what was sent last is passed on. */
const GRACE = 500;

/** Milliseconds in which it must hear, and what was left behind must have ended. */
const PATIENCE = 5000;

/** Milliseconds between two looks. */
const PAUSE = 20;
