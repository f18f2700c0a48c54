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
const waits = { maxWait: MAX_WAIT, drainTime: 6000, settle: 3000 };

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
  /** The first to be started again is to go back. */
  readonly turnsBack?: boolean;
}

class Killed extends Error {}

/** Runs the loop to its end, over kills of the process; gives what it ended with. */
async function run(
  world: DeployWorld,
  { goal, killAfter, turnsBack = false }: Run,
  more: Partial<LoopParts> = {},
): Promise<string> {
  for (let lives = 0; ; lives += 1) {
    let looks = 0;
    const now: Goal = turnsBack && lives > 0 ? { kind: 'back' } : goal;
    const course: Course = { goal: now, fresh: '/x-green', waits, pace: { linear: 0 } };
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

test('turned back at any step, the old app is back with all its instances', async () => {
  const looks = fc.integer({ min: 1, max: 40 });
  const property = fc.asyncProperty(starts, looks, fc.boolean(), async (start, killAfter, reloads) => {
    const world = worldOf(start, { kind: 'forward' }, { ...CALM, reloads });
    let lives = 0;
    const report = ({ type }: DeployEvent): void => {
      if (type === 'look' && (lives += 1) === killAfter) throw new Killed();
    };
    await run(world, { goal: { kind: 'forward' }, turnsBack: true }, { report });
    expect(world.breaches).toEqual([]);
    const isForward = lives < killAfter || world.sides().some(({ id }) => id === '/x-green');
    // An instance more where the process was killed just after it had turned the direction, and started too late.
    const [most] = world.sides().map(({ instances }) => Math.min(instances, start.old));
    expect([world.sides().map(({ id }) => id), most]).toEqual([[isForward ? '/x-green' : '/x-blue'], start.old]);
  });
  await fc.assert(property, { numRuns: 100 });
}, 60_000);

test('2: changes that have no effect end the deploy', async () => {
  const world = worldOf({ old: 4, fresh: 1, seed: 1 }, { kind: 'forward' }, CALM);
  const client = { request: async () => ({ url: 'http://m', status: 200, headers: {}, text: '{}' }) };
  expect(await run(world, { goal: { kind: 'forward' } }, { client })).toBe('unknown');
});

test.each([
  [{ old: 4, fresh: 1 }, 'kill', 'scale'],
  [{ old: 4, fresh: 4 }, 'delete', 'delete'],
] as const)('%o: declined, and refused by Marathon', async (counts, kind, code) => {
  const start = { ...counts, seed: 1 };
  const goal: Goal = { kind: 'forward' };
  const questions: string[] = [];
  const ask = async (question: string): Promise<boolean> => {
    questions.push(question);
    return false;
  };
  const declined = worldOf(start, goal, CALM);
  expect(await run(declined, { goal }, { ask })).toBe('declined');
  expect(declined.writes()).toBe(0);
  expect(questions).toEqual([expect.stringMatching(new RegExp(`^${kind} `, 'i'))]);
  const client = { request: async () => ({ url: 'http://m', status: 422, headers: {}, text: '{}' }) };
  expect(await run(worldOf(start, goal, CALM), { goal }, { client })).toBe(code);
});

test('the instance that turns the direction is taken back however slow a look is', async () => {
  for (let seed = 0; seed < 5; seed += 1) {
    const world = worldOf({ old: 4, fresh: 2, seed }, { kind: 'back' }, CALM);
    const look = async (signal: AbortSignal) => {
      await world.clock.sleep(8000, signal);
      return world.observer.look(signal);
    };
    expect(await run(world, { goal: { kind: 'back' } }, { observer: { look } })).toBe('done');
    expect(world.sides()).toEqual([{ id: '/x-blue', instances: 4 }]);
  }
});
