/** Runs Node processes and tells what they used. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { wordsOf, type WorldSize } from './worlds.ts';

export interface Usage {
  /** Milliseconds of all its threads, user and system. */
  readonly cpu: number;
  /** Largest resident memory, MiB. */
  readonly peak: number;
}

/** What `node ...args` uses; throws where it fails. Its standard output goes nowhere. */
export async function measure(args: readonly string[]): Promise<Usage> {
  const argv = ['--import', './.tmp/bench/bench/account.js', ...args];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: cleanEnv() });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [account, errors] = await Promise.all([text(child.stdio[3] as Readable), text(child.stderr as Readable)]);
  const [status] = await ended;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${errors.slice(-500)}`);
  return JSON.parse(account) as Usage;
}

/** Median milliseconds of each stage, from a process of its own. */
export async function measureStages(size: WorldSize, rounds: number): Promise<Record<string, number>> {
  const args = ['.tmp/bench/bench/stages.js', String(rounds), ...wordsOf(size)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: cleanEnv() });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const printed = await text(child.stdout);
  const [status] = await ended;
  if (status !== 0) throw new Error(`bench/stages ended with ${status}`);
  return JSON.parse(printed) as Record<string, number>;
}

/** Nothing of the caller's settings: no options of Node, no templates, no logging. */
function cleanEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] };
}
