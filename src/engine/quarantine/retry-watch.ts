import { NO_FILE } from '../../haproxy/files/config-store.ts';
import type { Bind } from '../../haproxy-config/wanted-binds.ts';
import type { Rejections } from './candidate.ts';

/** Looks from time to time whether what HAProxy refused may be tried again. */
export interface RetryWatch {
  /** Returns the rejections without those whose time has come, whose address is free, or of which a file changed. */
  review(rejected: Rejections): Promise<Rejections>;
  /** Returns whether `review` would leave one out. */
  isDue(rejected: Rejections): Promise<boolean>;
  /**
   * The rejections that stay though everything is tried again: a failed reload is not to be repeated with every read of everything. Those
   * whose time has come are left out.
   */
  keep(rejected: Rejections): Promise<Rejections>;
  /** Returns whether a service may be tried with other servers than those that were refused; if not yet, it is due some seconds later. */
  mayRetry(key: string): boolean;
  /** Milliseconds until it is time to look again; undefined: nothing is waited for. */
  nextIn(rejected: Rejections): number | undefined;
}

export interface RetryWatchDeps {
  readonly isBindable: (bind: Bind) => Promise<boolean>;
  /** Differs from before if the file changed, appeared or went away. */
  readonly fingerprintOf: (path: string) => Promise<string>;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/**
 * An address is tried 5 s after it was refused, then after ever longer pauses, up to a minute. All else is tried every minute, and less
 * often if it was refused many times in a row; at once when a file that it names changes. What made a reload fail is tried again when its
 * address can be bound and could not before, else after ever longer pauses: each try may be another failed reload.
 */
export function createRetryWatch({ isBindable, fingerprintOf, clock }: RetryWatchDeps): RetryWatch {
  let turns: ReadonlyMap<string, Turn> = new Map();

  /** A rejection that is a new object is a new refusal. */
  const takeTurns = (rejected: Rejections): ReadonlyMap<string, Turn> => {
    turns = new Map(
      [...rejected].map(([key, rejection]) => {
        const before = turns.get(key);
        if (before?.rejection === rejection) return [key, before];
        const tries = (before?.tries ?? 0) + 1;
        const { bind, isOfStart } = rejection;
        const since = clock();
        const slowly = isOfStart ? Math.min(MINUTE * 2 ** (tries - 1), LONGEST_START_PAUSE) : 0;
        const patient = Math.min(MINUTE * 2 ** Math.max(0, tries - PATIENT_TRIES), LONGEST_PAUSE);
        const pause = bind === undefined ? Math.max(patient, slowly) : (before?.pause ?? FIRST_PAUSE);
        const start = { rejection, since, tries, pause, notBefore: since + slowly, wasBindable: undefined };
        return [key, { ...start, at: since + pause, fingerprints: undefined, isDue: false }];
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
        const isFirst = rejection.isOfStart === true && turn.wasBindable === undefined;
        if (!isTime && !isFirst) continue;
        const canBind = await isBindable(rejection.bind);
        const wasBindable = turn.wasBindable ?? canBind;
        if (isFirst) {
          later.set(key, { ...turn, wasBindable });
          continue;
        }
        const pause = Math.min(turn.pause * 2, MINUTE);
        // A successful test bind proves nothing if it also succeeded when HAProxy failed.
        const isDue = canBind && (!wasBindable || clock() >= turn.notBefore);
        later.set(key, { ...turn, at: clock() + pause, pause, isDue, wasBindable: wasBindable && canBind });
        continue;
      }
      const found = await Promise.all(rejection.files.map(fingerprintOf));
      const fingerprints = found.join('\n');
      // A file that HAProxy missed may have come while it checked.
      const isThere = found.length > 0 && !found.includes(NO_FILE) && MISSING.test(rejection.message);
      const isChanged =
        turn.fingerprints === undefined ? isThere && turn.tries <= PATIENT_TRIES : turn.fingerprints !== fingerprints;
      const isDue = isTime || isChanged;
      later.set(key, { ...turn, fingerprints, isDue });
    }
    turns = later;
  };

  const review = async (rejected: Rejections): Promise<Rejections> => {
    await look(rejected);
    const left = new Map([...rejected].filter(([key]) => turns.get(key)?.isDue !== true));
    turns = new Map(
      [...turns].map(([key, turn]) => [
        key,
        turn.isDue ? { ...turn, isDue: false, at: Math.max(turn.at, clock() + FIRST_PAUSE) } : turn,
      ]),
    );
    return left.size === rejected.size ? rejected : left;
  };

  return {
    review,
    async keep(rejected) {
      const left = await review(rejected);
      return new Map([...left].filter(([, { isOfStart }]) => isOfStart === true));
    },
    mayRetry(key) {
      const turn = turns.get(key);
      if (turn === undefined) return true;
      const at = Math.max(turn.since + REST, turn.notBefore);
      if (clock() >= at) return true;
      turns = new Map(turns).set(key, { ...turn, at: Math.min(turn.at, at) });
      return false;
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
  /** The number of rejections in a row. */
  readonly tries: number;
  /** When it was refused. */
  readonly since: number;
  readonly at: number;
  /** A failed reload is not tried again before, unless its address gets free. */
  readonly notBefore: number;
  /** Whether the address could be bound when it was looked at after a failed reload; undefined: not yet. */
  readonly wasBindable: boolean | undefined;
  readonly pause: number;
  /** Of its files when they were looked at last; undefined: not yet. */
  readonly fingerprints: string | undefined;
  readonly isDue: boolean;
}

/** HAProxy's words for a file that is not there. */
const MISSING = /No such file|unable to stat|cannot stat/i;

/** Milliseconds. */
const FIRST_PAUSE = 5000;
const MINUTE = 60_000;
const LONGEST_PAUSE = 300_000;
const LONGEST_START_PAUSE = 3_600_000;
/** Before a service is tried with other servers: the tasks of a crash loop change all the time. */
const REST = 5000;
/** Between two looks at the files. */
const FILE_PAUSE = 1000;
/** So often it is tried every minute. */
const PATIENT_TRIES = 5;
