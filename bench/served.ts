import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { wordsOf, type WorldSize } from './worlds.ts';

/** A world that a process of its own serves. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  /** Of the answer with all apps. */
  readonly bytes: number;
}

/** Starts bench/serve.ts. */
export async function serveWorld(size: WorldSize): Promise<Served> {
  const args = ['.tmp/bench/bench/serve.js', ...wordsOf(size)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { port, bytes } = JSON.parse(line.toString()) as { port: number; bytes: number };
  return {
    url: `http://127.0.0.1:${port}`,
    bytes,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
