import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startLoad } from '../network/load.ts';
import { createRandom, keepGoing, LANES } from '../soak/trouble.ts';
import type { Disturbance } from './disturbances.ts';
import { expectRight, fileFaults } from './findings.ts';
import type { World } from './world.ts';

/** What came of one disturbance. */
export interface Round {
  readonly name: string;
  /** Milliseconds from when Marathon is at rest again until all is right. */
  readonly settled: number;
  readonly requests: number;
  readonly retried: number;
  /** Of the steady app, and of the one whose tasks are replaced again and again. */
  readonly failed: readonly [steady: number, deployed: number];
  /** How they failed, and how often. */
  readonly failures: ReadonlyMap<string, number>;
  /** Milliseconds: the longest time without a good answer. */
  readonly silence: number;
}

/** Hosts that are asked all the time: one whose app does not change, one whose tasks are replaced again and again. */
const ASKED = ['steady.test', 'deployed.test'];

/**
 * Makes the disturbances, one after the other, while apps change and requests come. After each it waits until HAProxy has what Marathon
 * says, and throws if that does not come, or if a file is not whole or shows a secret.
 */
export async function chaos(world: World, disturbances: readonly Disturbance[], seed: number): Promise<Round[]> {
  const random = createRandom(seed);
  const rounds: Round[] = [];
  await world.sim.idle();
  await world.eventually(() => expectRight(world));
  for (const disturbance of disturbances) {
    try {
      rounds.push(await playRound(world, disturbance, random));
    } catch (error) {
      throw new Error(`round ${rounds.length + 1}, ${disturbance.name}: ${String(error)}`, { cause: error });
    }
  }
  return rounds;
}

/**
 * Returns so many of the first kind that the program is killed as often as `kills` says, and each of the others as often as `others` says,
 * in an order that the seed decides.
 */
export function drawn(
  killing: readonly Disturbance[],
  rest: readonly Disturbance[],
  { kills, others, seed }: { readonly kills: number; readonly others: number; readonly seed: number },
): readonly Disturbance[] {
  const random = createRandom(seed);
  const all = Array.from({ length: others }, () => rest).flat();
  for (let left = kills; left > 0;) {
    const fitting = killing.filter((each) => (each.kills ?? 0) <= left);
    const next = fitting[Math.floor(random() * fitting.length)];
    if (next === undefined) break;
    all.push(next);
    left -= next.kills ?? 0;
  }
  return all
    .map((each) => ({ each, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each);
}

async function playRound(world: World, disturbance: Disturbance, random: () => number): Promise<Round> {
  const load = startLoad({ port: world.ports.http, hosts: ASKED, pairs: 2, pause: 10, isRetried: true });
  const over = new AbortController();
  const turns = {};
  const endings = world.endings();
  const lanes = LANES.map(async (lane) => {
    await sleep(random() * 800, undefined, { signal: over.signal }).catch(() => {});
    await keepGoing(lane, world, { turns, random, over: over.signal });
  });
  const calm = async (): Promise<void> => {
    over.abort();
    await Promise.all(lanes);
    await world.sim.idle();
  };
  try {
    await Promise.race([disturbance.strike(world, { random, calm }), failureOf(lanes)]);
    await calm();
    const since = performance.now();
    await world.eventually(() => expectRight(world));
    const settled = performance.now() - since;
    if (disturbance.mayEnd !== true) expect(world.endings(), 'how often the program ended by itself').toBe(endings);
    expect(await fileFaults(world)).toEqual([]);
    const { requests, retried, failures, silence } = await load.stop();
    const [steady = 0, deployed = 0] = ASKED.map((host) =>
      [...failures].reduce((sum, [what, count]) => (what.startsWith(host) ? sum + count : sum), 0),
    );
    return { name: disturbance.name, settled, requests, retried, failed: [steady, deployed], failures, silence };
  } finally {
    over.abort();
    await Promise.allSettled(lanes);
    await load.stop();
  }
}

/** Never resolves: rejects when one of them does. */
function failureOf(works: readonly Promise<void>[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const work of works) work.catch(reject);
  });
}

/** Returns the rounds as a table, a row for each kind of disturbance, and below how requests failed. */
export function tableOf(rounds: readonly Round[]): string {
  const names = [...new Set(rounds.map(({ name }) => name))];
  const rows = names.map((name) => {
    const same = rounds.filter((round) => round.name === name);
    const sum = (of: (round: Round) => number): number => same.reduce((all, round) => all + of(round), 0);
    const most = (of: (round: Round) => number): string => (Math.max(...same.map(of)) / 1000).toFixed(1);
    const figures = [
      same.length,
      sum(({ requests }) => requests),
      sum(({ retried }) => retried),
      sum(({ failed }) => failed[0]),
      sum(({ failed }) => failed[1]),
    ];
    return `| ${[name, ...figures, most(({ silence }) => silence), most(({ settled }) => settled)].join(' | ')} |\n`;
  });
  return `| what | times | requests | sent once more | failed, steady app | failed, app under deployment | longest without an answer, s | longest until all is right, s |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('')}
${names.map((name) => `${name}: ${formatFailures(rounds.filter((round) => round.name === name))}\n`).join('')}
`;
}

function formatFailures(rounds: readonly Round[]): string {
  const all = new Map<string, number>();
  for (const [what, count] of rounds.flatMap(({ failures }) => [...failures])) all.set(what, (all.get(what) ?? 0) + count);
  return all.size === 0 ? 'none' : [...all].map(([what, count]) => `${count} × ${what}`).join('; ');
}
