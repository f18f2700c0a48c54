/** When Marathon was last heard of, and how often the stream of its events was lost: for readiness and metrics. */
import type { StreamEvent } from '../../marathon/events/event.ts';
import type { Journal } from './journal.ts';

export interface MarathonContact {
  note(event: StreamEvent): void;
  /** Milliseconds since anything came from Marathon: an event, or an answer; undefined: nothing came yet. */
  lastSeenAgo(): number | undefined;
  /** Milliseconds since the last read of its apps that went well. */
  readAgo(): number | undefined;
  /** How often the event stream was opened, and lost. */
  readonly opened: number;
  readonly lost: number;
}

/** `clock`: milliseconds of a monotonic clock. */
export function createMarathonContact(journal: Pick<Journal, 'subscribe'>, clock: () => number): MarathonContact {
  let heard: number | undefined;
  let read: number | undefined;
  let opened = 0;
  let lost = 0;
  const ago = (at: number | undefined): number | undefined => (at === undefined ? undefined : clock() - at);
  journal.subscribe(({ stages, outcome }) => {
    // What was read was built: a pass that failed later has heard Marathon all the same.
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
