import { spawn } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from './program.ts';

/** The built program at a terminal of its own. */
export interface TerminalProgram extends AsyncDisposable {
  /** What was shown since the start, without colours. */
  text(): string;
  /** Waits until it shows something. */
  until(pattern: RegExp): Promise<void>;
  /** As by somebody at the keyboard: `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** Its exit status. */
  readonly ended: Promise<number>;
}

/** Starts `node dist/bin.js args` through `script` of util-linux, which gives it a terminal. */
export function startOnTerminal(args: readonly string[]): TerminalProgram {
  const words = [process.execPath, resolvePath('dist/bin.js'), ...args].map((word) => `'${word}'`);
  const child = spawn('script', ['-qefc', `exec ${words.join(' ')}`, '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  let over = false;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      over = true;
      resolve(status ?? -1);
    });
  });
  const text = (): string => stripVTControlCharacters(shown);
  return {
    text,
    async until(pattern) {
      const end = performance.now() + PATIENCE;
      while (!pattern.test(text())) {
        if (over || performance.now() > end)
          throw new Error(`it did not show ${pattern}; its last words:\n${text().slice(-3000)}`);
        await sleep(10);
      }
    },
    type: (keys) => void child.stdin.write(keys),
    ended,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill('SIGKILL');
      await ended;
    },
  };
}
