import type { FilesOnDisk, Plan } from '../plan/plan.ts';
import type { ConfigDocument } from '../render/document.ts';
import type { Alert } from './check/alerts.ts';

/** What came of bringing a document live. */
export type Applied =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'runtime'; readonly commands: readonly string[] }
  | { readonly kind: 'reload'; readonly reasons: readonly string[]; readonly attempts: number };

/** HAProxy refuses the document; nothing was changed. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly alerts: readonly Alert[];
}

/** Is called with the warnings about a document that HAProxy takes. */
export type OnWarnings = (warnings: readonly Alert[]) => void;

/** The running HAProxy could not be brought to the document: `apply` is to be called, with `force` and these reasons. */
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
  /** What HAProxy reads at its next start. */
  onDisk(): Promise<FilesOnDisk>;
  /**
   * Check, archive, rename into place, reload. Throws HaproxyError. After a failed reload the files are what they were, so that a
   * restart comes up, and HAProxy is reloaded once with them: some versions listen no longer then. Where that fails too, or no
   * HAProxy ran before, a reload is owed: the next call reloads, even if nothing changed; with a marker, that of the next program.
   */
  apply(doc: ConfigDocument, request: ApplyRequest): Promise<Applied | Invalid>;
  /**
   * Runs the operations of a `runtime` plan in the HAProxy that runs; the files follow within a second. Where HAProxy
   * was restarted behind our back, it is mended as `reconcile` does. `doc` is what HAProxy runs but for those operations,
   * also while a reload is owed.
   */
  change(doc: ConfigDocument, plan: Extract<Plan, { kind: 'runtime' }>, signal: AbortSignal): Promise<Applied | Refused>;
  /**
   * Compares the HAProxy that runs with the document it should run, says what differs (somebody changed it by hand) and
   * mends it. `unchanged` also where HAProxy does not answer: there is nothing to be mended then.
   */
  reconcile(doc: ConfigDocument, signal: AbortSignal): Promise<Applied | Refused>;
  /** Milliseconds until the next reload may begin (`--reload-min-interval`): whoever calls `apply` or `reloadOnDisk` asks first. */
  reloadAllowedIn(): number;
  /** Figures for whoever watches: workers of earlier generations, and servers that wait for their last session. */
  figures(): Promise<{ readonly oldWorkers: number; readonly leaving: number }>;
  /** Writes what HAProxy runs to the files, if they do not have it yet. Throws HaproxyError. */
  flush(): Promise<void>;
  /** The last reload failed: HAProxy does not run what is on disk, and `apply` is to be called though nothing changed. */
  owesReload(): boolean;
  /** Asks HAProxy about a document without changing anything; empty: it is accepted, and `onWarnings` gets what HAProxy warns of. */
  check(doc: ConfigDocument, signal: AbortSignal, onWarnings?: OnWarnings): Promise<readonly Alert[]>;
  /** Keeps a document that was refused in the archive (`haproxy.cfg.rejected`); `apply` does so itself. */
  keepRejected(doc: ConfigDocument): Promise<void>;
  /** Checks the configuration on disk and reloads, without asking Marathon (SIGUSR1). */
  reloadOnDisk(signal: AbortSignal): Promise<Applied | Invalid>;
}

export function refused(reasons: readonly string[]): Refused {
  return { kind: 'refused', reasons };
}
