import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import type { LevelName } from './format.ts';

export interface Syslog extends AsyncDisposable {
  send(level: LevelName, text: string): void;
}

/** RFC 5424: facility user (1), by severity. */
const priorities: Record<LevelName, number> = { CRITICAL: 10, ERROR: 11, WARNING: 12, INFO: 14, DEBUG: 15 };

/**
 * Sends to a syslog socket through util-linux's `logger` (Node has no unix datagram sockets), started at the first message. If it cannot
 * be had, `warn` is called once, immediately if there is no such socket, and further messages are dropped.
 */
export function openSyslog(socket: string, warn: (why: string) => void, program = 'logger'): Syslog {
  let child: ChildProcess | undefined;
  let off = false;
  const fail = (why: string): void => {
    if (off) return;
    off = true;
    warn(`no log goes to ${socket}: ${why}; --syslog-socket /dev/null turns this off`);
  };
  if (!existsSync(socket)) fail('there is no such socket');
  return {
    send: (level, text) => {
      if (off) return;
      child ??= startLogger(socket, program, fail);
      for (const line of text.split('\n')) if (line !== '' && !off) child?.stdin?.write(`<${priorities[level]}>${line}\n`);
    },
    [Symbol.asyncDispose]: async () => {
      const running = child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined;
      off = true;
      if (!child || !running) return;
      const ended = once(child, 'exit', { signal: AbortSignal.timeout(2000) });
      child.stdin?.end();
      await ended.catch(() => child?.kill('SIGKILL'));
    },
  };
}

/** In a process group of its own, so that Ctrl-C does not end it before the last lines; it never keeps the program alive. */
function startLogger(socket: string, program: string, fail: (why: string) => void): ChildProcess {
  const args = ['--socket', socket, '--prio-prefix', '--tag', 'marathon-lb', '--id=' + process.pid];
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.once('error', (error) => fail(`the program ${program} cannot be started (${error.message})`));
  child.once('exit', (code, signal) => fail(`the program ${program} ended (${signal ?? `exit status ${code}`})`));
  child.stdin?.on('error', () => {}); // told by the exit
  child.unref();
  if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child;
}
