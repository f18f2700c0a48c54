import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PortBlock, reservePorts } from '../network/port-block.ts';
import { type LoadResult, startLoad } from '../network/load.ts';
import { startStack, type Stack } from '../program/stack.ts';
import { staleness } from './leftovers.ts';
import { HOSTS, LANES, type Lane, soakApps } from './trouble.ts';

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
    sim: { speed: 10, delays: { stop: grace }, seed, standing: await standing(() => ports.next()) },
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
  await Promise.all(LANES.map((lane, at) => keepGoing(lane, stack, turns, createDice(seed + at), over)));
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

/** Apps that only have to stay, on ports that nobody else has. */
async function standing(next: PortBlock['next']): Promise<object[]> {
  const apps: object[] = [];
  for (let at = 0; at < 50; at += 1) {
    apps.push({
      id: `/standing-${at}`,
      cmd: './run',
      instances: 3,
      portDefinitions: [{ port: await next(), protocol: 'tcp' }],
      labels: { HAPROXY_GROUP: 'external', HAPROXY_0_BIND_ADDR: '127.0.0.1' },
    });
  }
  return apps;
}

async function expectServed(stack: Stack, host: string): Promise<void> {
  const { status } = await stack.get('/', { host });
  if (status !== 200) throw new Error(`${host}: status ${status}`);
}

async function keepGoing(
  lane: Lane,
  stack: Stack,
  turns: Record<string, number>,
  dice: () => number,
  over: AbortSignal,
): Promise<void> {
  for (turns[lane.name] = 0; !over.aborted;) {
    await lane.turn(stack, dice);
    turns[lane.name] = (turns[lane.name] ?? 0) + 1;
    await sleep(dice() * 2 * lane.rest, undefined, { signal: over }).catch(() => {});
  }
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

/** Numbers from 0 up to 1, the same for the same seed (a linear congruential generator). */
function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
