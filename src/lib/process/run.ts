import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunOptions extends Pick<SpawnOptions, 'detached' | 'env'> {
  /** Ends the program. */
  readonly signal?: AbortSignal;
  /** The signal for the program if `signal` aborts; `SIGKILL` by default. */
  readonly abortWith?: NodeJS.Signals;
  /** Milliseconds after which the program is killed. */
  readonly timeout: number;
  /** Characters of output that are kept; the rest is read and dropped. */
  readonly limit: number;
}

/** The end of a program: by exit status or by signal. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was killed because it took longer than `timeout`. */
  readonly isLate: boolean;
  /** The output of both channels, within the limit. */
  readonly output: string;
}

/**
 * Runs a program without a shell and waits for its end. Throws the system's error if it cannot be started, and the signal's reason if that
 * aborts. The output is complete, unless a process that the program left behind keeps the channels open: it is not waited for.
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal, abortWith = 'SIGKILL', timeout, limit, ...rest } = options;
  signal?.throwIfAborted();
  const child = spawn(program, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collectOutput(child, limit);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeout);
  const abort = (): unknown => child.kill(abortWith);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const end = await waitForExit(child, () => clearTimeout(timer));
    signal?.throwIfAborted();
    return { ...end, isLate, output: output() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Collects what a program prints on both channels, at most `limit` characters; the rest is read and dropped. */
export function collectOutput(child: ChildProcess, limit: number): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < limit) text += chunk.slice(0, limit - text.length);
    });
  }
  return () => text;
}

/** Waits for the end of a program; `onExit` is called before the wait for the rest of its output. */
async function waitForExit(child: ChildProcess, onExit: () => void): Promise<Pick<RunResult, 'code' | 'signal'>> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await new Promise<Pick<RunResult, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  onExit();
  const grace = new AbortController();
  await Promise.race([closed, sleep(200, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null && 'unref' in stream) (stream as { unref(): void }).unref();
  return end;
}
