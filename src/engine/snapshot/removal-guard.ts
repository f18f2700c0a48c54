/** Holds snapshots that remove most servers: a source may know next to nothing after a leader change or an outage, and at the start. */
import type { Server } from '../../model/service.ts';

export interface RemovalGuardOptions {
  /** Largest share of servers, in percent, that one snapshot may remove; 0: nothing is held. */
  readonly maxRemoval: number;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** The source's leader by its last answer, if known: a new leader is a reason to be careful. */
  readonly leader: () => string | undefined;
  /** Whether another read follows a held one; only then may the first snapshot be held. */
  readonly staysOn?: boolean;
}

/** Servers of one service. */
export interface Serving {
  readonly servers: readonly Pick<Server, 'ip' | 'port'>[];
}

export interface RemovalGuard {
  /** Notes that the event stream is open; from the second time on it is a reconnect. */
  opened(): void;
  /** Notes that the source gave no usable answer: it may have been restarted. */
  unreachable(): void;
  /**
   * Returns whether the servers `after` may replace those `before`. `isComplete`: they come from a read of everything. `down`: servers
   * (`ip:port`) that are down by HAProxy's own checks; their removal is no reason to hold.
   */
  review(before: readonly Serving[], after: readonly Serving[], isComplete: boolean, down?: ReadonlySet<string>): Verdict;
}

export type Verdict = { readonly kind: 'believed' } | Held;

/** A snapshot that would remove most servers waits for a second read that confirms it. */
export interface Held {
  readonly kind: 'held';
  /** Servers that would be removed, of `total`. */
  readonly removed: number;
  readonly total: number;
  /** Milliseconds until everything is read again. */
  readonly retryInMs: number;
}

/** Careful for a minute; a second read counts after five seconds. */
export function createRemovalGuard({ maxRemoval, clock, leader, staysOn = false }: RemovalGuardOptions): RemovalGuard {
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
      // At the start it is unknown for how long the source has had its leader.
      if (isFirst && staysOn && before.length > 0) carefulUntil = clock() + CAREFUL;
      isFirst = false;
      // A held snapshot waits for its confirmation, even after the minute.
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
  /** The number of those that are down in any case. */
  readonly gone: number;
  readonly total: number;
}

/** Counts the servers that would be removed. */
function compare(before: readonly Serving[], after: readonly Serving[], down: ReadonlySet<string>): Comparison {
  const staying = new Set(addressesOf(after));
  const all = new Set(addressesOf(before));
  const removed = [...all].filter((address) => !staying.has(address));
  return { removed: removed.length, gone: removed.filter((address) => down.has(address)).length, total: all.size };
}

function* addressesOf(services: readonly Serving[]): Generator<string> {
  for (const { servers } of services) for (const { ip, port } of servers) yield `${ip}:${port}`;
}
