/** Where workloads come from: the only thing that the engine knows of Marathon. */
import type { Snapshot } from '../model/snapshot.ts';

export interface Source {
  /**
   * Reads what is dirty: of everything in the source's order, which decides who is met first. Throws a `SourceError` if the source does
   * not give it, and the signal's reason.
   */
  read(dirty: Dirty, signal: AbortSignal): Promise<WorkloadsRead>;
  /** Follows the source until the signal, through all interruptions. Throws a `SourceError` if that can never work. */
  events(signal: AbortSignal): AsyncGenerator<SourceEvent, void>;
  status(): SourceStatus;
}

/** What to read again: the workloads of these ids, or everything. */
export type Dirty = 'all' | ReadonlySet<string>;

/** What is known of the workloads that were read; `addresses` and `health` cover these. */
export interface WorkloadsRead extends Snapshot {
  /** Ids that were asked for and that the source does not have (any more). */
  readonly gone: readonly string[];
}

export interface SourceStatus {
  /** Without credentials. */
  readonly urls: readonly string[];
  /** Who leads the source by its last answer, if that is known. */
  readonly leader: string | undefined;
}

/** What a source says of itself: hints about what to read again, never the truth. */
export type SourceEvent =
  /** The source is followed (again): everything may have changed. */
  | { readonly kind: 'opened'; readonly url: string }
  /** Something about `workload` changed (undefined: it is not known which). `cause` is the source's own word, `taskId` if it names one. */
  | {
      readonly kind: 'changed';
      readonly workload: string | undefined;
      readonly cause: string;
      readonly taskId?: string | undefined;
      readonly taskStatus?: string | undefined;
      /** When the bytes arrived, in milliseconds of the monotonic clock (`performance.now()`). */
      readonly at: number;
    }
  /** The source is not followed any more; the source tries again in `retryInMs`. */
  | { readonly kind: 'lost'; readonly error: Error; readonly retryInMs: number };

/** Why a source cannot be read or followed. */
export abstract class SourceError extends Error {
  abstract readonly code: string;
  /** The same may succeed later, or at another endpoint, without anybody changing a setting. */
  abstract readonly retryable: boolean;
  /** No part of the source gave a usable answer: it may have been restarted. */
  readonly isUnreachable: boolean = false;
}
