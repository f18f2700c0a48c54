/** When the source was last heard of, and how often the stream of its events was lost: for readiness and metrics. */
import type { SourceEvent } from '../../sources/source.ts';
import type { Journal } from './journal.ts';

export interface SourceContact {
  note(event: SourceEvent): void;
  /** Milliseconds since anything came from the source: an event, or an answer; undefined: nothing came yet. */
  lastSeenAgo(): number | undefined;
  /** Milliseconds since the last read that went well. */
  readAgo(): number | undefined;
  /** How often the event stream was opened, and lost. */
  readonly opened: number;
  readonly lost: number;
}

/** `clock`: milliseconds of a monotonic clock. */
export function createSourceContact(journal: Pick<Journal, 'subscribe'>, clock: () => number): SourceContact {
  let heard: number | undefined;
  let read: number | undefined;
  let opened = 0;
  let lost = 0;
  const ago = (at: number | undefined): number | undefined => (at === undefined ? undefined : clock() - at);
  journal.subscribe(({ stages, outcome }) => {
    // The snapshot was read and built: the source answered, even if the pass failed later.
    if (stages.build === undefined && (stages.read === undefined || outcome.kind === 'failed')) return;
    heard = clock();
    read = heard;
  });
  return {
    note(event) {
      if (event.kind === 'lost') lost += 1;
      else heard = clock();
      if (event.kind === 'opened') opened += 1;
    },
    lastSeenAgo: () => ago(heard),
    readAgo: () => ago(read),
    get opened() {
      return opened;
    },
    get lost() {
      return lost;
    },
  };
}
