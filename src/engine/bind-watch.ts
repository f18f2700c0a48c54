import type { Bind } from '../haproxy/binds.ts';
import type { Rejections } from './ward.ts';

/** Looks from time to time whether addresses that HAProxy could not have can be had now. */
export interface BindWatch {
  /** The rejections without those whose address can be had. */
  review(rejected: Rejections): Promise<Rejections>;
  /** Milliseconds until it is time to look again; undefined: nothing is waited for. */
  nextIn(rejected: Rejections): number | undefined;
}

export interface BindWatchDeps {
  readonly isBindable: (bind: Bind) => Promise<boolean>;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Each address is tried 5 s after it was refused, then after ever longer pauses, up to a minute. */
export function createBindWatch({ isBindable, clock }: BindWatchDeps): BindWatch {
  let turns: ReadonlyMap<string, Turn> = new Map();
  /** Those that are waited for have a turn, others have none. */
  const takeTurns = (rejected: Rejections): ReadonlyMap<string, Turn> => {
    const waiting = [...rejected].filter(([, { bind }]) => bind !== undefined);
    turns = new Map(waiting.map(([key]) => [key, turns.get(key) ?? { at: clock() + FIRST_PAUSE, pause: FIRST_PAUSE }]));
    return turns;
  };

  return {
    async review(rejected) {
      const left = new Map(rejected);
      const later = new Map(takeTurns(rejected));
      for (const [key, { at, pause }] of later) {
        const bind = rejected.get(key)?.bind;
        if (bind === undefined || clock() < at) continue;
        const next = Math.min(pause * 2, LONGEST_PAUSE);
        later.set(key, { at: clock() + next, pause: next });
        if (await isBindable(bind)) left.delete(key);
      }
      turns = later;
      return left.size === rejected.size ? rejected : left;
    },
    nextIn(rejected) {
      const times = [...takeTurns(rejected).values()].map(({ at }) => at);
      return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - clock());
    },
  };
}

/** When an address is tried next, and the pause before that. */
interface Turn {
  readonly at: number;
  readonly pause: number;
}

/** Milliseconds. */
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 60_000;
