/** Tests with thousands of random cases: how many there are, what each may cost, and how one that fails is run again. */
import { relative } from 'node:path';
import { setImmediate as afterCallbacks } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import { heapInUse, measureMemory } from './memory.ts';
import { createWatchdog } from './watchdog.ts';

/** The same cases in every run, unless `FUZZ_SEED` says otherwise. */
const SEED = numberFrom('FUZZ_SEED', 20_261_127);
/** What all fuzz tests together try, unless `FUZZ_CASES` says otherwise. */
const USUAL = 5000;
const CASES = numberFrom('FUZZ_CASES', USUAL);

export interface FuzzOptions {
  /** Cases of 5,000; if `FUZZ_CASES` is another number, in proportion. */
  readonly cases: number;
  /** Milliseconds of CPU time that a case may take. */
  readonly cpu?: number;
  /** Bytes that a case may need on top of what the process has. */
  readonly memory?: number;
}

/** For a test of `tryCases`: a case that hangs is ended by its watchdog. */
export const FUZZ = { timeout: 120_000 + CASES * 500 };

/**
 * Tries `hold` with random cases. A case fails if `hold` throws, takes too much time or memory, leaves a rejection that nothing handles, or
 * changes a prototype that all objects share. The error says the seed and how to run it again.
 */
export async function tryCases<Case>(
  { cases, cpu = USUAL_CPU, memory = USUAL_MEMORY }: FuzzOptions,
  arbitrary: fc.Arbitrary<Case>,
  hold: (value: Case) => void | Promise<void>,
): Promise<void> {
  const { testPath = '', currentTestName = '' } = expect.getState();
  const title = currentTestName.split(' > ').at(-1);
  const again = `FUZZ_SEED=${SEED} FUZZ_CASES=${CASES} npx vitest run ${relative(process.cwd(), testPath)} -t '${title}'`;
  using watchdog = createWatchdog(again);
  const strays: unknown[] = [];
  const note = (reason: unknown): void => void strays.push(reason);
  process.on('unhandledRejection', note);
  const kept = heapInUse();
  const highest = measureMemory();
  let shrinkUntil = Infinity;
  const check = async (value: Case): Promise<void> => {
    watchdog.begin();
    const began = process.cpuUsage();
    try {
      await hold(value);
    } finally {
      watchdog.end();
    }
    const { user, system } = process.cpuUsage(began);
    await afterCallbacks();
    expect({ strays: strays.splice(0), polluted: takeAdded() }).toEqual({ strays: [], polluted: [] });
    expect((user + system) / 1000, 'milliseconds of CPU time').toBeLessThan(cpu);
    expect(highest(), 'bytes of memory').toBeLessThan(memory);
  };
  const property = fc.asyncProperty(arbitrary, async (value) => {
    // What is left of the search for a smaller case is then over in no time.
    if (performance.now() > shrinkUntil) return;
    try {
      await check(value);
    } catch (error) {
      shrinkUntil = Math.min(shrinkUntil, performance.now() + LONGEST_SHRINKING);
      throw error;
    }
  });
  try {
    const numRuns = Math.max(1, Math.round((cases * CASES) / USUAL));
    const found = await fc.check(property, { numRuns, seed: SEED });
    if (found.failed)
      throw new Error(`${fc.defaultReportMessage(found)}\nRun it again: ${again}`, { cause: found.errorInstance });
  } finally {
    process.off('unhandledRejection', note);
  }
  expect(heapInUse() - kept, 'bytes that are still in use').toBeLessThan(MOST_KEPT);
}

/** Far more than a case takes, even if the machine is slow and garbage is collected. */
const USUAL_CPU = 2000;
const USUAL_MEMORY = 300_000_000;
const MOST_KEPT = 30_000_000;

/** Milliseconds to look for a smaller case that fails too. */
const LONGEST_SHRINKING = 20_000;

/** What all objects, lists, functions and texts share, with the members that it has before any test. */
const SHARED = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map(
  (each: object) => [each, new Set(Reflect.ownKeys(each))] as const,
);

/** Takes away what was added to that since, and returns its names: the next case is to find nothing of it. */
function takeAdded(): readonly (string | symbol)[] {
  return SHARED.flatMap(([each, own]) =>
    Reflect.ownKeys(each).filter((key) => !own.has(key) && Reflect.deleteProperty(each, key)),
  );
}

function numberFrom(name: string, usual: number): number {
  const text = process.env[name] ?? '';
  if (text === '') return usual;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} is '${text}': it must be a whole number`);
  return Number(text);
}
