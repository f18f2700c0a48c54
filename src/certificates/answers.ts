/** What HAProxy said of pairs, and about which it has to be asked. */
import type { Logger } from '../log/logger.ts';
import { messageOf } from '../lib/errors.ts';
import type { Judged, PairJudge } from './haproxy-judge.ts';
import type { KeptPairs } from './kept-pairs.ts';

export interface Answers {
  /** Begins a look; returns whether something else judges now, so that also pairs that count are to be asked about. */
  begin(signal: AbortSignal): Promise<boolean>;
  /** Asks about pairs that nothing is known of. */
  ask(pairs: readonly Judged[], signal: AbortSignal): Promise<void>;
  /** Returns why a pair is refused; undefined: it is not, as far as is known. */
  reasonAgainst(pair: Pick<Judged, 'digest'> | undefined): string | undefined;
  /** Ends a look. */
  end(): Promise<void>;
}

/** Stands for the stamp of a judge that did not judge all. */
const NOBODY = 'nobody';

export function createAnswers({
  judge,
  kept,
  log,
}: {
  /** Left out: nobody is asked. */
  readonly judge?: PairJudge | undefined;
  readonly kept?: Pick<KeptPairs, 'judgedBy' | 'noteJudge'> | undefined;
  readonly log: Pick<Logger, 'debug'>;
}): Answers {
  const taken = new Set<string>();
  const refused = new Map<string, string>();
  let stamp: string | undefined;
  /** The stamp of what judged all that is kept. */
  let judgedBy: string | undefined;
  let isFirst = true;
  let isAsked = false;
  /** Some of this look were not judged: they count as before, and are asked about again. */
  let isOpen = false;

  return {
    async begin(signal) {
      if (judge === undefined) return false;
      if (isFirst) {
        await judge.removeLeft();
        judgedBy = await kept?.judgedBy();
        isFirst = false;
      }
      const now = await judge.stamp(signal);
      if (now !== undefined && now !== stamp) {
        taken.clear();
        refused.clear();
        stamp = now;
      }
      isAsked = now !== undefined && now !== judgedBy;
      isOpen = false;
      return isAsked;
    },

    async ask(pairs, signal) {
      const unknown = pairs.filter(({ digest }) => !refused.has(digest) && !taken.has(digest));
      if (judge === undefined || unknown.length === 0) return;
      const judgement = await judge.judge(unknown, signal);
      for (const digest of judgement.taken) taken.add(digest);
      for (const [digest, reason] of judgement.refused) refused.set(digest, reason);
      isOpen ||= unknown.some(({ digest }) => !taken.has(digest) && !refused.has(digest));
    },

    reasonAgainst: (pair) => pair && refused.get(pair.digest),

    async end() {
      const by = isOpen ? NOBODY : isAsked ? stamp : judgedBy;
      if (by === undefined || by === judgedBy) return;
      judgedBy = by;
      await kept?.noteJudge(by).catch((error: unknown) => log.debug(messageOf(error)));
    },
  };
}
