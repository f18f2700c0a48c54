import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDeployWorld, type DeployWorld, type Trouble } from '../../test/support/deploy-world.ts';
import { createDice } from '../sim/dice.ts';
import { DeployError } from './error.ts';
import type { DeployEvent } from './event.ts';
import { type LoopParts, runLoop } from './loop.ts';
import type { Goal } from './seen.ts';
import type { Course } from './step.ts';

const MAX_WAIT = 60_000;
const waits = { maxWait: MAX_WAIT, drainTime: 6000 };

const CALM: Trouble = {
  balancers: 2,
  marathonFails: 0,
  balancerSilent: 0,
  crashes: 0,
  healthLost: 0,
  load: 0.3,
  endless: 0,
  reloads: true,
  tellsPids: true,
  broken: false,
};

interface Run {
  readonly goal: Goal;
  /** Looks after which the process is killed; it is started again. */
  readonly killAfter?: number | undefined;
}

class Killed extends Error {}

/** Runs the loop to its end, over kills of the process; gives what it ended with. */
async function run(world: DeployWorld, { goal, killAfter }: Run, more: Partial<LoopParts> = {}): Promise<string> {
  const course: Course = { goal, fresh: '/x-green', waits, pace: { linear: 0 } };
  for (let lives = 0; ; lives += 1) {
    let looks = 0;
    const report = ({ type }: DeployEvent): void => {
      if (type === 'look' && (looks += 1) === killAfter && lives < 15) throw new Killed();
    };
    const client = { request: world.request };
    const interruption = { signal: new AbortController().signal, choose: async () => 'leave' as const };
    const parts: LoopParts = {
      observer: world.observer,
      client,
      clock: world.clock,
      stepDelay: 1000,
      report,
      interruption,
      ask: async () => true,
      beforeKill: async () => {},
      ...more,
    };
    try {
      await runLoop(course, parts);
      return 'done';
    } catch (error) {
      if (error instanceof DeployError) return error.code;
      if (!(error instanceof Killed)) throw error;
    }
  }
}

const goals = fc.constantFrom<Goal>({ kind: 'forward' }, { kind: 'back' }, { kind: 'split', newInstances: 2 });
const starts = fc.record({ old: fc.integer({ min: 2, max: 7 }), fresh: fc.integer({ min: 1, max: 2 }), seed: fc.integer() });
const share = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });

function worldOf(start: { old: number; fresh: number; seed: number }, goal: Goal, trouble: Trouble): DeployWorld {
  const { seed, ...counts } = start;
  const newInstances = goal.kind === 'split' ? goal.newInstances : 0;
  const dice = createDice(seed);
  return createDeployWorld({ ...counts, newInstances, maxWait: MAX_WAIT }, trouble, () => dice.next());
}

test('whatever goes wrong: nothing that serves is killed, nothing with sessions before its time, one side is always there, it ends', async () => {
  const troubles = fc.record<Trouble>({
    balancers: fc.integer({ min: 1, max: 3 }),
    marathonFails: share(0.3),
    balancerSilent: share(0.02),
    crashes: share(0.01),
    healthLost: share(0.02),
    load: fc.constantFrom(0, 0.02, 0.3),
    endless: share(0.05),
    reloads: fc.boolean(),
    tellsPids: fc.constant(true),
    broken: fc.boolean(),
  });
  const property = fc.asyncProperty(
    starts,
    goals,
    troubles,
    fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    async (start, goal, trouble, killAfter) => {
      const world = worldOf(start, goal, trouble);
      await run(world, { goal, killAfter });
      expect(world.breaches).toEqual([]);
      expect(world.writes()).toBeLessThan(100);
      expect(world.clock.now()).toBeLessThan(3_600_000 * 4);
      expect(world.sides().length).toBeGreaterThan(0);
    },
  );
  await fc.assert(property, { numRuns: 150 });
}, 60_000);

test('where trouble passes, it gets where it is to get', async () => {
  const modes = fc.record({
    reloads: fc.boolean(),
    tellsPids: fc.boolean(),
    load: fc.constantFrom(0, 0.02, 0.3),
    endless: fc.constantFrom(0, 0.02),
  });
  const property = fc.asyncProperty(
    starts,
    goals,
    modes,
    fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    async (start, goal, mode, killAfter) => {
      // Sessions of processes that are not told cannot be waited for longer than --drain-time.
      const endless = mode.tellsPids ? mode.endless : 0;
      const world = worldOf(start, goal, { ...CALM, ...mode, endless });
      expect(await run(world, { goal, killAfter })).toBe('done');
      expect(world.breaches).toEqual([]);
      const expected = {
        forward: [{ id: '/x-green', instances: start.old }],
        back: [{ id: '/x-blue', instances: start.old }],
        split: [
          { id: '/x-blue', instances: start.old - 2 },
          { id: '/x-green', instances: 2 },
        ],
      };
      expect(world.sides()).toEqual(expected[goal.kind]);
    },
  );
  await fc.assert(property, { numRuns: 100 });
}, 60_000);
