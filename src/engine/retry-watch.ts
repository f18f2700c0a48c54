import { NO_FILE } from '../haproxy/stamps.ts';
import type { Bind } from '../haproxy/binds.ts';
import type { Rejections } from './ward.ts';

/** Looks from time to time whether what HAProxy refused may be tried again. */
export interface RetryWatch {
  /** The rejections without those whose time has come, whose address can be had, or of which a file changed. */
  review(rejected: Rejections): Promise<Rejections>;
  /** Whether `review` would leave one out. */
  isDue(rejected: Rejections): Promise<boolean>;
  /** Milliseconds until it is time to look again; undefined: nothing is waited for. */
  nextIn(rejected: Rejections): number | undefined;
}

export interface RetryWatchDeps {
  readonly isBindable: (bind: Bind) => Promise<boolean>;
  /** Differs from before if the file changed, appeared or went away. */
  readonly stampOf: (path: string) => Promise<string>;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/**
 * An address is tried 5 s after it was refused, then after ever longer pauses, up to a minute. All else is tried every minute, and less
 * often if it was refused many times in a row; at once when a file that it names changes.
 */
export function createRetryWatch({ isBindable, stampOf, clock }: RetryWatchDeps): RetryWatch {
  let turns: ReadonlyMap<string, Turn> = new Map();

  /** A rejection that is a new object is a new refusal. */
  const takeTurns = (rejected: Rejections): ReadonlyMap<string, Turn> => {
    turns = new Map(
      [...rejected].map(([key, rejection]) => {
        const before = turns.get(key);
        if (before?.rejection === rejection) return [key, before];
        const tries = (before?.tries ?? 0) + 1;
        const { bind } = rejection;
        const pause = bind === undefined ? MINUTE * 2 ** Math.max(0, tries - PATIENT_TRIES) : (before?.pause ?? FIRST_PAUSE);
        return [key, { rejection, tries, pause, at: clock() + Math.min(pause, LONGEST_PAUSE), stamps: undefined, isDue: false }];
      }),
    );
    return turns;
  };

  const look = async (rejected: Rejections): Promise<void> => {
    const later = new Map(takeTurns(rejected));
    for (const [key, turn] of later) {
      const { rejection, at } = turn;
      if (turn.isDue) continue;
      const isTime = clock() >= at;
      if (rejection.bind !== undefined) {
        if (!isTime) continue;
        const pause = Math.min(turn.pause * 2, MINUTE);
        later.set(key, { ...turn, at: clock() + pause, pause, isDue: await isBindable(rejection.bind) });
        continue;
      }
      const found = await Promise.all(rejection.files.map(stampOf));
      const stamps = found.join('\n');
      // A file that HAProxy missed may have come while it checked.
      const isThere = found.length > 0 && !found.includes(NO_FILE) && MISSING.test(rejection.message);
      const isChanged = turn.stamps === undefined ? isThere && turn.tries <= PATIENT_TRIES : turn.stamps !== stamps;
      const isDue = isTime || isChanged;
      later.set(key, { ...turn, stamps, isDue });
    }
    turns = later;
  };

  return {
    async review(rejected) {
      await look(rejected);
      const left = new Map([...rejected].filter(([key]) => turns.get(key)?.isDue !== true));
      turns = new Map(
        [...turns].map(([key, turn]) => [
          key,
          turn.isDue ? { ...turn, isDue: false, at: Math.max(turn.at, clock() + FIRST_PAUSE) } : turn,
        ]),
      );
      return left.size === rejected.size ? rejected : left;
    },
    async isDue(rejected) {
      await look(rejected);
      return [...turns.values()].some((turn) => turn.isDue);
    },
    nextIn(rejected) {
      const now = clock();
      const times = [...takeTurns(rejected).values()].map(({ at, rejection }) =>
        rejection.files.length > 0 ? Math.min(at, now + FILE_PAUSE) : at,
      );
      return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - now);
    },
  };
}

/** When a rejection is tried next. */
interface Turn {
  readonly rejection: Rejections extends ReadonlyMap<string, infer One> ? One : never;
  /** How often it was refused in a row. */
  readonly tries: number;
  readonly at: number;
  readonly pause: number;
  /** Of its files when they were looked at last; undefined: not yet. */
  readonly stamps: string | undefined;
  readonly isDue: boolean;
}

/** HAProxy's words for a file that is not there. */
const MISSING = /No such file|unable to stat|cannot stat/i;

/** Milliseconds. */
const FIRST_PAUSE = 5000;
const MINUTE = 60_000;
const LONGEST_PAUSE = 300_000;
/** Between two looks at the files. */
const FILE_PAUSE = 1000;
/** So often it is tried every minute. */
const PATIENT_TRIES = 5;
