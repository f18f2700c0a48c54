import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../test/support/runs.ts';
import { createDeployWorld, type DeployWorld, type Trouble } from '../../test/support/deploy/deploy-world.ts';
import { createRandom } from '../../sim/cluster/random.ts';
import { MarathonError } from '../sources/marathon/error.ts';
import { DeployError } from './error.ts';
import type { DeployEvent } from './event.ts';
import { resumeGoal } from './decide/resume-goal.ts';
import { type LoopParts, runLoop } from './loop.ts';
import type { Goal } from './types.ts';
import type { DeployPlan } from './types.ts';

const MAX_WAIT = 60_000;
const waits = { maxWait: MAX_WAIT, drainTime: 6000, settle: 3000 };

const CALM: Trouble = {
  balancers: 2,
  marathonFails: 0,
  balancerSilent: 0,
  crashes: 0,
  sick: 0,
  healthLost: 0,
  load: 0.3,
  endless: 0,
  reloads: true,
  tellsPids: true,
  broken: false,
};

interface Run {
  readonly goal: Goal;
  /** Events after which the process is killed; it is started again with `--resume`. */
  readonly killAfter?: number | undefined;
  /** Virtual milliseconds until it is started again. */
  readonly gap?: number;
  /** The first to be started again is to go back. */
  readonly turnsBack?: boolean;
}

class Killed extends Error {}

/** Runs the loop to its end, over kills of the process; gives what it ended with. */
async function run(
  world: DeployWorld,
  { goal, killAfter, gap = 0, turnsBack = false }: Run,
  more: Partial<LoopParts> = {},
): Promise<string> {
  for (let lives = 0; ; lives += 1) {
    let events = 0;
    const now = lives === 0 ? goal : turnsBack && lives === 1 ? BACK : resumed(world, turnsBack ? BACK : goal);
    const plan: DeployPlan = { goal: now, fresh: '/x-green', waits, stepSize: { linear: 0 } };
    const report = (): void => {
      if ((events += 1) === killAfter && lives < 15) throw new Killed();
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
      await runLoop(plan, parts);
      return 'done';
    } catch (error) {
      if (error instanceof DeployError) return error.code;
      if (!(error instanceof Killed)) throw error;
    }
    await world.clock.sleep(gap, interruption.signal);
  }
}

const BACK: Goal = { kind: 'back' };

/** Where `--resume` goes; who began something that has not changed anything yet gives the same command again. */
function resumed(world: DeployWorld, given: Goal): Goal {
  const [first, second] = world.apps();
  return world.writes() === 0 || !first || !second ? given : resumeGoal(first, second);
}

const goals = fc.constantFrom<Goal>({ kind: 'forward' }, { kind: 'back' }, { kind: 'split', newInstances: 2 });
/** The same cases in every run, unless `LOOP_SEED` says otherwise. */
const seed = Number(process.env['LOOP_SEED'] ?? 1);

const starts = fc.record({ old: fc.integer({ min: 2, max: 7 }), fresh: fc.integer({ min: 1, max: 2 }), seed: fc.integer() });
const gaps = fc.constantFrom(0, 500, 2000, 20_000);
const share = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });

function worldOf(start: { old: number; fresh: number; seed: number }, goal: Goal, trouble: Trouble): DeployWorld {
  const { seed, ...counts } = start;
  const newInstances = goal.kind === 'split' ? goal.newInstances : 0;
  const random = createRandom(seed);
  return createDeployWorld({ ...counts, newInstances, maxWait: MAX_WAIT }, trouble, () => random.next());
}

test('whatever goes wrong: nothing that serves is killed, nothing with sessions before its time, one side is always there, it ends', async () => {
  const troubles = fc.record<Trouble>({
    balancers: fc.integer({ min: 1, max: 3 }),
    marathonFails: share(0.3),
    balancerSilent: share(0.02),
    crashes: share(0.01),
    sick: share(0.02),
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
    gaps,
    async (start, goal, trouble, killAfter, gap) => {
      const world = worldOf(start, goal, trouble);
      await run(world, { goal, killAfter, gap });
      expect(world.breaches).toEqual([]);
      expect(world.writes()).toBeLessThan(100);
      expect(world.clock.now()).toBeLessThan(3_60_000 * 4);
      expect(world.sides().length).toBeGreaterThan(0);
    },
  );
  await fc.assert(property, { seed, numRuns: runs(100) });
}, 60_000);

test('one kind of trouble at a time: load balancers that follow it late put nothing back that is killed', async () => {
  const kinds = fc.constantFrom<Partial<Trouble>>(
    { healthLost: 0.05 },
    { crashes: 0.02 },
    { sick: 0.02 },
    { balancerSilent: 0.03 },
    { marathonFails: 0.3 },
  );
  const deaths = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
  const property = fc.asyncProperty(starts, goals, kinds, deaths, gaps, async (start, goal, kind, killAfter, gap) => {
    const world = worldOf(start, goal, { ...CALM, ...kind });
    await run(world, { goal, killAfter, gap });
    expect(world.breaches).toEqual([]);
    expect(world.sides().length).toBeGreaterThan(0);
  });
  await fc.assert(property, { seed, numRuns: runs(250) });
}, 60_000);

test('tasks that get sick while they serve are not deleted with their sessions', async () => {
  const property = fc.asyncProperty(starts, gaps, fc.boolean(), async (start, gap, reloads) => {
    const world = worldOf(start, BACK, { ...CALM, sick: 0.01, endless: 0.2, reloads });
    await world.clock.sleep(gap, new AbortController().signal);
    await run(world, { goal: BACK });
    expect(world.breaches).toEqual([]);
  });
  await fc.assert(property, { seed, numRuns: runs(150) });
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
    gaps,
    async (start, goal, mode, killAfter, gap) => {
      // Sessions of processes that are not told cannot be waited for longer than --drain-time.
      const endless = mode.tellsPids ? mode.endless : 0;
      const world = worldOf(start, goal, { ...CALM, ...mode, endless });
      expect(await run(world, { goal, killAfter, gap })).toBe('done');
      expect(world.breaches).toEqual([]);
      // Killed between the two writes that turn the direction, and away until the instance served: it is left.
      const mayBeLeft = killAfter !== undefined && gap >= 2000 && world.sides()[0]?.instances === start.old + 1;
      const expected = {
        forward: [{ id: '/x-green', instances: start.old }],
        back: [{ id: '/x-blue', instances: start.old + (mayBeLeft ? 1 : 0) }],
        split: [
          { id: '/x-blue', instances: start.old - 2 },
          { id: '/x-green', instances: 2 },
        ],
      };
      expect(world.sides()).toEqual(expected[goal.kind]);
    },
  );
  await fc.assert(property, { seed, numRuns: runs(100) });
}, 60_000);

test('turned back at any step, the old app is back with all its instances', async () => {
  const moments = fc.integer({ min: 1, max: 60 });
  const property = fc.asyncProperty(starts, moments, fc.boolean(), async (start, killAfter, reloads) => {
    const world = worldOf(start, { kind: 'forward' }, { ...CALM, reloads });
    let events = 0;
    const report = (): void => {
      if ((events += 1) === killAfter) throw new Killed();
    };
    await run(world, { goal: { kind: 'forward' }, turnsBack: true }, { report });
    expect(world.breaches).toEqual([]);
    const isForward = events < killAfter || world.sides().some(({ id }) => id === '/x-green');
    expect(world.sides()).toEqual([{ id: isForward ? '/x-green' : '/x-blue', instances: start.old }]);
  });
  await fc.assert(property, { seed, numRuns: runs(100) });
}, 60_000);

test('with definitions that differ, load balancers as those of 1.15 do not leave the group without service', async () => {
  const modes = fc.record({ reloads: fc.boolean(), load: fc.constantFrom(0, 0.3) });
  const property = fc.asyncProperty(starts, goals, modes, fc.boolean(), async (start, goal, mode, turns) => {
    const world = worldOf(start, goal, { ...CALM, ...mode, flips: true });
    let events = 0;
    const report = (): void => {
      if ((events += 1) === 12 && turns) throw new Killed();
    };
    expect(await run(world, { goal, turnsBack: turns }, { report })).toBe('done');
    // What load balancers take to follow, at most.
    expect(world.darkest()).toBeLessThan(9000);
  });
  await fc.assert(property, { seed, numRuns: runs(100) });
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

test('nothing is killed for a while after Marathon did not answer', async () => {
  for (let seed = 0; seed < 10; seed += 1) {
    const world = worldOf({ old: 4, fresh: 1, seed }, { kind: 'forward' }, CALM);
    let failedAt = 0;
    const look: LoopParts['observer']['look'] = (signal) => {
      if (world.clock.now() - failedAt < 6000) return world.observer.look(signal);
      failedAt = world.clock.now();
      throw new MarathonError('timeout', 'no answer');
    };
    const delays: number[] = [];
    const client: LoopParts['client'] = {
      request: (asked) => {
        if (asked.method !== 'PUT') delays.push(world.clock.now() - failedAt);
        return world.request(asked);
      },
    };
    expect(await run(world, { goal: { kind: 'forward' } }, { observer: { look }, client })).toBe('done');
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(waits.settle);
  }
});

test('a lost answer and, much later, a lock end nothing', async () => {
  const world = worldOf({ old: 4, fresh: 1, seed: 2 }, { kind: 'forward' }, CALM);
  const { signal } = new AbortController();
  let asks = 0;
  const client: LoopParts['client'] = {
    request: async (asked) => {
      asks += 1;
      if (asks > 2) return world.request(asked);
      await world.clock.sleep(MAX_WAIT, signal);
      if (asks === 1) {
        await world.request(asked);
        throw new MarathonError('timeout', 'no answer');
      }
      return { url: 'http://m', status: 409, headers: {}, text: '{"message":"App is locked"}' };
    },
  };
  expect(await run(world, { goal: { kind: 'forward' } }, { client })).toBe('done');
  expect(world.breaches).toEqual([]);
});

/** Ctrl-C at the first event for which `when` holds; what was asked is told. */
async function interrupted(
  choice: 'leave' | 'back' | 'go-on',
  when: (event: DeployEvent) => boolean,
  more: (interrupt: () => void) => Partial<LoopParts> = () => ({}),
): Promise<{ world: DeployWorld; ended: string; asked: boolean[] }> {
  const world = worldOf({ old: 4, fresh: 1, seed: 3 }, { kind: 'forward' }, CALM);
  const asked: boolean[] = [];
  let controller = new AbortController();
  let isOver = false;
  const interrupt = (): void => {
    if (!isOver) controller.abort();
    isOver = true;
  };
  const interruption: LoopParts['interruption'] = {
    get signal() {
      return controller.signal;
    },
    choose: async (canGoBack) => {
      asked.push(canGoBack);
      controller = new AbortController();
      return choice;
    },
  };
  const report = (event: DeployEvent): void => {
    if (when(event)) interrupt();
  };
  const ended = await run(world, { goal: { kind: 'forward' } }, { interruption, report, ...more(interrupt) });
  return { world, ended, asked };
}

const isWrite = ({ type }: DeployEvent): boolean => type === 'write';

test('interrupted: left as it is, gone on with, or taken back and not taken for done', async () => {
  const left = await interrupted('leave', isWrite);
  expect(left).toMatchObject({ ended: 'declined', asked: [true] });
  expect(left.world.sides()).toHaveLength(2);
  const gone = await interrupted('go-on', isWrite);
  expect([gone.ended, gone.world.sides()]).toEqual(['done', [{ id: '/x-green', instances: 4 }]]);
  const back = await interrupted('back', isWrite);
  expect([back.ended, back.world.sides()]).toEqual(['declined', [{ id: '/x-blue', instances: 4 }]]);
  for (const { world } of [left, gone, back]) expect(world.breaches).toEqual([]);
});

test('interrupted while the hook runs, or with a question open: asked what to do', async () => {
  let hooks = 0;
  const hooked = await interrupted(
    'go-on',
    () => false,
    (interrupt) => ({
      beforeKill: async () => {
        hooks += 1;
        interrupt();
        if (hooks === 1) throw new DeployError('declined', 'the hook was interrupted');
      },
    }),
  );
  expect(hooked).toMatchObject({ ended: 'done', asked: [true] });
  // Once more for the one that was ended.
  expect(hooks).toBe(3);
  let questions = 0;
  const open = await interrupted(
    'leave',
    () => false,
    (interrupt) => ({
      ask: async () => {
        questions += 1;
        interrupt();
        return false;
      },
    }),
  );
  expect(open).toMatchObject({ ended: 'declined', asked: [true] });
  expect([questions, open.world.writes()]).toEqual([1, 0]);
});
