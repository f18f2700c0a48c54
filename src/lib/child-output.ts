import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program ended: by exit status or by signal. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Collects what a program prints on both channels, at most `limit` characters; the rest is read and dropped. */
export function outputOf(child: ChildProcess, limit: number): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < limit) text += chunk.slice(0, limit - text.length);
    });
  }
  return () => text;
}

/**
 * Waits for the end of a program; throws the system error where it could not be started. Its output is complete
 * then, unless a process that it left behind keeps the channels open: that one may write on, and is not waited for.
 */
export async function isEnded(child: ChildProcess): Promise<End> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await new Promise<End>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const grace = new AbortController();
  await Promise.race([closed, sleep(200, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null && 'unref' in stream) (stream as { unref(): void }).unref();
  return end;
}
