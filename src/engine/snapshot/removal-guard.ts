/** Right after a leader change or an outage, and when the program starts, Marathon may know next to nothing: what it says then is not believed at once. */
import type { Server } from '../../model/service.ts';

export interface GuardOptions {
  /** Percent of all servers; 0: everything is believed. */
  readonly maxRemoval: number;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** Who leads Marathon by its last answer, as far as known: another one than before is a reason to be careful. */
  readonly leader: () => string | undefined;
  /** Another read comes soon if what the first one says is held, so that the start may be doubted as a reconnect is. */
  readonly staysOn?: boolean;
}

/** Servers that are served together; all of a fleet are many of these. */
export interface Serving {
  readonly servers: readonly Pick<Server, 'ip' | 'port'>[];
}

export interface Guard {
  /** The event stream is open: again, if it was so before. */
  opened(): void;
  /** Marathon could not be read: when it can be again, it may have started anew. */
  unreachable(): void;
  /**
   * Whether what is to be served may replace what is served. `isComplete`: it comes of a read of everything. `down`: servers
   * (`ip:port`) that are down by HAProxy's own checks, whose removal says nothing about Marathon.
   */
  review(before: readonly Serving[], after: readonly Serving[], isComplete: boolean, down?: ReadonlySet<string>): Verdict;
}

export type Verdict = { readonly kind: 'believed' } | Held;

/** A snapshot that would take most servers away waits for a second read to say the same. */
export interface Held {
  readonly kind: 'held';
  /** Servers that would go, of `total`. */
  readonly removed: number;
  readonly total: number;
  /** Milliseconds until everything is to be read again. */
  readonly retryInMs: number;
}

/** Careful for a minute; a second read counts after five seconds. */
export function createGuard({ maxRemoval, clock, leader, staysOn = false }: GuardOptions): Guard {
  let wasOpen = false;
  let isFirst = true;
  let ledBy: string | undefined;
  let carefulUntil = -Infinity;
  let heldSince: number | undefined;

  return {
    opened() {
      if (wasOpen) carefulUntil = clock() + CAREFUL;
      wasOpen = true;
    },
    unreachable() {
      carefulUntil = clock() + CAREFUL;
    },
    review(before, after, isComplete, down = NONE) {
      const now = leader() ?? ledBy;
      if (ledBy !== undefined && ledBy !== now) carefulUntil = clock() + CAREFUL;
      ledBy = now;
      // Nobody knows how long Marathon has had its leader when the program comes back.
      if (isFirst && staysOn && before.length > 0) carefulUntil = clock() + CAREFUL;
      isFirst = false;
      // What is held waits for its confirmation, be the minute over or not.
      const isCareful = clock() < carefulUntil || heldSince !== undefined;
      if (maxRemoval === 0 || !isCareful || before === after) return BELIEVED;
      const { removed, gone, total } = compare(before, after, down);
      if ((removed - gone) * 100 <= maxRemoval * total) {
        heldSince = undefined;
        return BELIEVED;
      }
      heldSince ??= clock();
      const left = heldSince + CONFIRM - clock();
      if (left > 0) return { kind: 'held', removed, total, retryInMs: left };
      if (!isComplete) return { kind: 'held', removed, total, retryInMs: 0 };
      heldSince = undefined;
      carefulUntil = -Infinity;
      return BELIEVED;
    },
  };
}

const BELIEVED: Verdict = { kind: 'believed' };
const CAREFUL = 60_000;
const CONFIRM = 5000;

const NONE: ReadonlySet<string> = new Set();

interface Comparison {
  readonly removed: number;
  /** Of those, that are down anyway. */
  readonly gone: number;
  readonly total: number;
}

/** How many servers of all would not be there any more. */
function compare(before: readonly Serving[], after: readonly Serving[], down: ReadonlySet<string>): Comparison {
  const staying = new Set(addressesOf(after));
  const all = new Set(addressesOf(before));
  const removed = [...all].filter((address) => !staying.has(address));
  return { removed: removed.length, gone: removed.filter((address) => down.has(address)).length, total: all.size };
}

function* addressesOf(services: readonly Serving[]): Generator<string> {
  for (const { servers } of services) for (const { ip, port } of servers) yield `${ip}:${port}`;
}
