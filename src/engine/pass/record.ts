/** A pass and what it tells about itself. */
import type { Compared, Outcome, PassRecord, Stage } from '../journal/journal.ts';
import type { PassState } from './state.ts';

export interface PassCause {
  readonly cause: string;
  /** When the cause arrived, on the monotonic clock. */
  readonly since: number;
}

/** What is noted on the way. */
export interface Notes {
  /** Runs a stage and notes how long it took. */
  readonly time: <T>(stage: Stage, work: () => T | Promise<T>) => Promise<T>;
  /** What the running HAProxy refused at runtime. */
  refusals: readonly string[];
  /** What was compared last. */
  compared: Compared | undefined;
  /** The configuration that was found on disk, where it had to be looked at. */
  onDisk: string | undefined;
  /** Milliseconds until there may be something to do, though nothing was heard. */
  againInMs: number | undefined;
}

export interface Clocks {
  /** The wall clock. */
  readonly now: () => Date;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Does the work of a pass. Its failure is an outcome; only the signal's reason is thrown. */
export async function record(
  { cause, since }: PassCause,
  state: Readonly<PassState>,
  { now, clock }: Clocks,
  work: (notes: Notes) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<PassRecord> {
  const at = now();
  const before = state.current;
  const stages: Partial<Record<Stage, number>> = {};
  const notes: Notes = { time: timer(stages, clock), refusals: [], compared: undefined, onDisk: undefined, againInMs: undefined };
  const outcome = await work(notes).catch((error: unknown): Outcome => {
    signal.throwIfAborted();
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
  });
  const { refusals, compared, onDisk, againInMs } = notes;
  return {
    cause,
    at,
    sinceCause: clock() - since,
    stages,
    ...state.told,
    outcome,
    refusals,
    compared,
    againInMs,
    before,
    onDisk,
    after: state.current,
  };
}

function timer(stages: Partial<Record<Stage, number>>, clock: () => number): Notes['time'] {
  return async (stage, work) => {
    const start = clock();
    try {
      return await work();
    } finally {
      stages[stage] = (stages[stage] ?? 0) + clock() - start;
    }
  };
}
