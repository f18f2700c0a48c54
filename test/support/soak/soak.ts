import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../network/port-block.ts';
import { type LoadResult, startLoad } from '../network/load.ts';
import { startStack, type Stack } from '../program/stack.ts';
import { staleness } from './leftovers.ts';
import { createRandom, HOSTS, keepGoing, LANES, soakApps, standingApps } from './trouble.ts';

/** What came of it. */
export interface Soaked extends LoadResult {
  /** Turns by kind. */
  readonly turns: Readonly<Record<string, number>>;
  readonly reloads: number;
  /** Resident memory of the program in MiB: the medians of the second quarter and of the last one. */
  readonly memory: { readonly early: number; readonly late: number };
}

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /**
   * Milliseconds that a task serves after SIGTERM (`taskKillGracePeriodSeconds`). HAProxy has to be without it by then, and a reload may
   * be under way: on a busy machine that takes more than a second.
   */
  readonly grace?: number;
}

/**
 * Lets all kinds of trouble happen at once for so long, under load. Throws where HAProxy afterwards has other servers than
 * Marathon has tasks, or where an old worker does not end.
 */
export async function soak({ seconds, seed, grace = GRACE }: SoakOptions): Promise<Soaked> {
  await using ports = await reservePorts();
  await using stack = await startStack({
    apps: soakApps,
    sim: { speed: 10, delays: { stop: grace }, seed, standing: await standingApps(50, () => ports.next()) },
    args: ({ folder, haproxy }) => {
      const reload = `sh -c 'echo >> ${join(folder, 'reloads')} && kill -USR2 ${haproxy}'`;
      const times = ['--reload-min-interval', '2', '--drain-timeout', '2', '--resync-interval', '20'];
      return ['--command', reload, ...times];
    },
  });
  await stack.sim.idle();
  for (const host of HOSTS) await stack.eventually(() => expectServed(stack, host));

  const load = startLoad({ port: stack.ports.http, hosts: HOSTS, pairs: 4, pause: 20, isRetried: true });
  const over = AbortSignal.timeout(seconds * 1000);
  const turns: Record<string, number> = {};
  const memory = watchMemory(stack.daemon.pid, over);
  await Promise.all(LANES.map((lane, at) => keepGoing(lane, stack, { turns, random: createRandom(seed + at), over })));
  await stack.sim.idle();
  const loaded = await load.stop();
  await stack.eventually(async () => {
    const found = await staleness(stack);
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  const reloads = readFileSync(join(stack.folder, 'reloads'), 'utf8').length;
  return { ...loaded, turns, reloads, memory: await memory };
}

/** What Mesos gives a task by default. */
const GRACE = 3000;

async function expectServed(stack: Stack, host: string): Promise<void> {
  const { status } = await stack.get('/', { host });
  if (status !== 200) throw new Error(`${host}: status ${status}`);
}

async function watchMemory(pid: number, over: AbortSignal): Promise<Soaked['memory']> {
  const samples: number[] = [];
  while (!over.aborted) {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    samples.push(Number(kilobytes) / 1024);
    await sleep(500, undefined, { signal: over }).catch(() => {});
  }
  const quarter = samples.length >> 2;
  return { early: middle(samples.slice(quarter, 2 * quarter)), late: middle(samples.slice(-quarter)) };
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
