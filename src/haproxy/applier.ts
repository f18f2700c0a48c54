import type { Plan } from '../plan/operations.ts';
import type { FilesOnDisk } from '../plan/parse-existing.ts';
import type { ConfigDocument } from '../render/document.ts';
import type { Alert } from './check/alerts.ts';

/** The way in which a document was brought live. */
export type Applied =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'runtime'; readonly commands: readonly string[] }
  | {
      readonly kind: 'reload';
      readonly reasons: readonly string[];
      readonly attempts: number;
      /** Names in the archive of what the files were before. */
      readonly archived?: readonly string[];
      /** HAProxy runs files that another program wrote, or that were put there by hand. */
      readonly isForeign?: true;
    };

/** HAProxy's check rejects the document; nothing was changed. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly alerts: readonly Alert[];
}

/** Is called with HAProxy's warnings about a document that it accepts. */
export type OnWarnings = (warnings: readonly Alert[]) => void;

/** The running HAProxy could not be changed to the document: call `apply`, with `force` and these reasons. */
export interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly string[];
}

export interface ApplyRequest {
  readonly signal: AbortSignal;
  /** Why, from the plan. */
  readonly reasons?: readonly string[];
  /** Reload even if the files are as they should be. */
  readonly force?: boolean;
  /** This very document has passed `check`: HAProxy is not asked again. */
  readonly checked?: boolean;
}

/**
 * Brings documents live, over the runtime socket or through files and reloads; one call at a time. Disposing writes
 * what only HAProxy knows yet.
 */
export interface Applier extends AsyncDisposable {
  /** The files that HAProxy reads at its next start. */
  onDisk(): Promise<FilesOnDisk>;
  /**
   * Checks the document, archives the old files, renames the new ones into place and reloads. Throws HaproxyError. After a failed reload
   * it restores the old files, so that a restart succeeds, and reloads once with them, because some versions no longer listen then. If
   * that fails too, or no HAProxy ran before, a reload is pending: the next call reloads even if nothing changed; with a marker, also
   * that of the next program.
   */
  apply(doc: ConfigDocument, request: ApplyRequest): Promise<Applied | Invalid>;
  /**
   * Runs the operations of a `runtime` plan in the running HAProxy; the files follow within a second. If HAProxy
   * was restarted behind our back, it is repaired as `reconcile` does. `doc` is what HAProxy runs but for those operations,
   * also while a reload is pending.
   */
  change(doc: ConfigDocument, plan: Extract<Plan, { kind: 'runtime' }>, signal: AbortSignal): Promise<Applied | Refused>;
  /**
   * Compares the running HAProxy with the document it should run, logs what differs (it was changed by hand) and
   * repairs it. Returns `unchanged` also if HAProxy does not answer: there is nothing to repair then.
   */
  reconcile(doc: ConfigDocument, signal: AbortSignal): Promise<Applied | Refused>;
  /**
   * Returns whether another program restarted HAProxy with files that this one wrote: they may be a moment older than what it had, so call
   * `reconcile`. False if it may run files of another program. Throws, or returns false, if it does not answer.
   */
  isRestarted(signal: AbortSignal): Promise<boolean>;
  /** Milliseconds until the next reload may begin (`--reload-min-interval`): callers of `apply` and `reloadOnDisk` ask first. */
  reloadAllowedIn(): number;
  /** Counts, for the metrics, workers of earlier generations and servers that wait for their last session. */
  figures(): Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** Writes what HAProxy runs to the files, if they do not have it yet. Throws HaproxyError. */
  flush(): Promise<void>;
  /** The last reload failed: HAProxy does not run what is on disk, so call `apply` even if nothing changed. */
  hasPendingReload(): boolean;
  /** Asks HAProxy about a document without changing anything; empty: it is accepted, and `onWarnings` gets what HAProxy warns of. */
  check(doc: ConfigDocument, signal: AbortSignal, onWarnings?: OnWarnings): Promise<readonly Alert[]>;
  /** Keeps a document that was rejected in the archive (`haproxy.cfg.rejected`); `apply` does so itself. */
  keepRejected(doc: ConfigDocument): Promise<void>;
  /** Checks the configuration on disk and reloads, without asking Marathon (SIGUSR1). */
  reloadOnDisk(signal: AbortSignal): Promise<Applied | Invalid>;
}

export function refused(reasons: readonly string[]): Refused {
  return { kind: 'refused', reasons };
}
