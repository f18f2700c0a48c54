/** Measures a pass and returns its record for the journal. */
import type { Compared, Outcome, PassRecord, Stage } from '../journal/journal.ts';
import type { PassState } from './state.ts';
import { asError } from '../../lib/errors.ts';

export interface PassCause {
  readonly cause: string;
  /** When the cause arrived, on the monotonic clock. */
  readonly since: number;
}

/** The entries that a pass adds to its record while it runs. */
export interface Notes {
  /** Runs a stage and adds the time that it took. */
  readonly time: <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;
  /** The same for a stage that does not wait. */
  readonly measure: <T>(stage: Stage, work: () => T) => T;
  /** Runtime commands that HAProxy refused. */
  refusals: readonly string[];
  /** The last comparison. */
  compared: Compared | undefined;
  /** The configuration on disk, if it was read. */
  onDisk: string | undefined;
  /** Milliseconds until a retry may be due, even without an event. */
  againInMs: number | undefined;
}

export interface Clocks {
  /** The wall clock. */
  readonly now: () => Date;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Runs the work of a pass. A failure becomes its outcome; only the signal's reason is thrown. `state` returns the latest state. */
export async function record(
  { cause, since }: PassCause,
  state: () => PassState,
  { now, clock }: Clocks,
  work: (notes: Notes) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<PassRecord> {
  const at = now();
  const before = state().current;
  const stages: Partial<Record<Stage, number>> = {};
  const notes: Notes = { ...timers(stages, clock), refusals: [], compared: undefined, onDisk: undefined, againInMs: undefined };
  const outcome = await work(notes).catch(failed);
  if (outcome.kind === 'failed') signal.throwIfAborted();
  const { refusals, compared, onDisk, againInMs } = notes;
  return {
    cause,
    at,
    sinceCause: clock() - since,
    stages,
    ...state().report,
    outcome,
    refusals,
    compared,
    againInMs,
    before,
    onDisk,
    after: state().current,
  };
}

/** Returns the outcome of a pass that threw. */
export function failed(error: unknown): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', error: asError(error) };
}

function timers(stages: Partial<Record<Stage, number>>, clock: () => number): Pick<Notes, 'time' | 'measure'> {
  const add = (stage: Stage, start: number): void => {
    stages[stage] = (stages[stage] ?? 0) + clock() - start;
  };
  return {
    async time(stage, work) {
      const start = clock();
      try {
        return await work();
      } finally {
        add(stage, start);
      }
    },
    measure(stage, work) {
      const start = clock();
      try {
        return work();
      } finally {
        add(stage, start);
      }
    },
  };
}
