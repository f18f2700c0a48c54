import { spawn } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProgramOptions {
  /** Nothing else of the environment is handed on but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** As in a terminal: signals go to the program and all that it started. */
  readonly isGroup?: boolean;
  /** Words of a program that starts it in its turn: as another user, in another namespace. */
  readonly through?: readonly string[];
  /** Milliseconds that `until` waits; more than the longest wait of the program itself. */
  readonly patience?: number;
}

export interface Ended {
  /** -1: ended by a signal. */
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** The built program as a child. Disposing ends it: with SIGTERM, and by force where that does not help. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** What it has said so far on stdout and stderr. */
  text(): string;
  /** Length of that: what `until` may be told to begin at. */
  mark(): number;
  /** Waits until it says something, and gives what was found. Throws with its last words where it ends before. */
  until(pattern: RegExp, since?: number): Promise<RegExpExecArray>;
  /** Tries again until nothing is thrown, with patience. Throws the last failure, with the program's last words. */
  eventually<T>(attempt: () => T | Promise<T>): Promise<T>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Milliseconds after which a wait is given up: long, as the machine may be busy. */
export const PATIENCE = 30_000;

/** Starts `node dist/bin.js args`. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const words = [...(options.through ?? []), process.execPath, resolvePath('dist/bin.js'), ...args];
  const child = spawn(words[0] ?? '', words.slice(1), {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.isGroup === true,
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (options.isGroup === true && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  };
  const said = { out: '', err: '', all: '' };
  for (const name of ['out', 'err'] as const) {
    child[name === 'out' ? 'stdout' : 'stderr'].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      said.all += text;
    });
  }
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      over = true;
      resolve({ status: code ?? -1, out: said.out, err: said.err });
    });
  });
  return {
    pid: child.pid ?? -1,
    text: () => said.all,
    mark: () => said.all.length,
    async until(pattern, since = 0) {
      const end = performance.now() + (options.patience ?? PATIENCE);
      for (;;) {
        const found = pattern.exec(said.all.slice(since));
        if (found) return found;
        if (over) throw new Error(`the program ended without saying ${pattern}; its last words:\n${said.all.slice(-3000)}`);
        if (performance.now() > end)
          throw new Error(`the program did not say ${pattern}; its last words:\n${said.all.slice(-3000)}`);
        await sleep(10);
      }
    },
    eventually: (attempt) => eventually(attempt, { isOver: () => over, words: () => said.all }),
    kill,
    ended,
    async [Symbol.asyncDispose]() {
      if (over) return;
      kill('SIGTERM');
      const giveUp = setTimeout(() => kill('SIGKILL'), PATIENCE / 2);
      await ended;
      clearTimeout(giveUp);
    },
  };
}

/** Tries again until nothing is thrown, with patience, while a program runs. Throws the last failure, with the program's last words. */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { isOver = () => false, words }: { readonly isOver?: () => boolean; readonly words: () => string },
): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOver() && performance.now() < end) {
        await sleep(25);
        continue;
      }
      const how = isOver() ? 'the program ended' : 'timed out';
      throw new Error(`${how}: ${String(error)}\nits last words:\n${words().slice(-3000)}`, { cause: error });
    }
  }
}

/** Runs `node dist/bin.js args` to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  await using program = startProgram(args, options);
  return await program.ended;
}
