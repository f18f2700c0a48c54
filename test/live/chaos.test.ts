import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chaos, drawn, type Round, tableOf } from '../support/chaos/chaos.ts';
import { findLibrary, makeClock } from '../support/chaos/clock.ts';
import { type Disk, mountDisk } from '../support/chaos/disk.ts';
import {
  killMaster,
  killProgram,
  killStart,
  killWorker,
  ofClock,
  ofDisk,
  relayed,
  stopHaproxy,
} from '../support/chaos/disturbances.ts';
import type { ContainerPrepared } from '../support/program/container.ts';
import { startBeside, startRun } from '../support/chaos/world.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

// By hand: CHAOS_ROUNDS=50 kills the program so often, makes each of the others every tenth time, for longer, and prints what came of it.
const { CHAOS_ROUNDS: given, CHAOS_SEED = '1' } = process.env;
const isLong = given !== undefined;
const kills = Number(given ?? 10);
const seed = Number(CHAOS_SEED);
const plan = { kills: kills / 2, others: isLong ? Math.ceil(kills / 10) : 1, seed };
/** Milliseconds. */
const [stop, pause] = isLong ? [10_000, 5000] : [2000, 1000];

const timeout = 120_000 + kills * 30_000;
/** There nothing may be missing. */
const isCi = process.env['CI'] === 'true';
const lacksMounts = !isCi && spawnSync('unshare', ['--mount', 'true']).status !== 0;

test.skipIf(lacksMounts)(
  'marathon-lb run, killed with HAProxy or without, stopped, on a disk that fails',
  { timeout },
  async () => {
    let disk!: Disk;
    const before = async ({ folder }: ContainerPrepared) => (disk = await mountDisk(join(folder, 'work')));
    await using world = await startRun({ binary: HAPROXIES.at(-1) ?? '', seed }, { before });
    const others = [killWorker, killMaster, stopHaproxy(stop), ...ofDisk(disk, pause)];
    expect(lostRounds(await chaos(world, drawn([killProgram, killStart], others, plan), seed))).toEqual([]);
  },
);

test.skipIf(lacksMounts)('beside a HAProxy that is killed or stopped, or whose runtime socket fails', { timeout }, async () => {
  await using world = await startBeside({ binary: HAPROXIES[0] ?? '', seed });
  const sockets = (['late', 'half', 'never'] as const).map((manner) => relayed(manner, stop));
  const others = [killWorker, killMaster, stopHaproxy(stop), ...sockets];
  expect(lostRounds(await chaos(world, drawn([killProgram, killStart], others, plan), seed))).toEqual([]);
});

test.skipIf(!isCi && findLibrary() === undefined)('the clock jumps an hour ahead and back', { timeout }, async () => {
  await using clock = await makeClock('/usr/sbin/haproxy');
  await using world = await startRun({ binary: clock.haproxy, seed }, { env: () => clock.env });
  expect(lostRounds(await chaos(world, Array.from({ length: plan.others }, () => ofClock(clock, pause)).flat(), seed))).toEqual(
    [],
  );
});

/** Those in which the steady app lost a request to an end of the program. */
function lostRounds(rounds: readonly Round[]): readonly Round[] {
  if (isLong) process.stdout.write(tableOf(rounds));
  return rounds.filter(({ name, failed: [steady] }) => name.includes('program is killed') && steady > 0);
}
