/** What happened and why: each pass appends a record, and all that tells people something reads from here. */
import type { Alert } from '../haproxy/alerts.ts';
import type { Applied } from '../haproxy/applied.ts';
import type { Problem } from '../model/problem.ts';

export interface PassRecord {
  /** What the pass was for: `event status_update_event of /shop`, `start`, `SIGHUP`. */
  readonly cause: string;
  readonly at: Date;
  /** Milliseconds from the cause (the arrival of the event) to the end of the pass. */
  readonly sinceCause: number;
  /** Milliseconds each stage took. */
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
  readonly services: number;
  readonly servers: number;
  readonly problems: readonly Problem[];
  readonly outcome: Outcome;
}

export type Stage = 'read' | 'build' | 'render' | 'check' | 'apply';

export type Outcome =
  | Applied
  /** HAProxy refuses the configuration and no app is to blame: nothing changed. */
  | { readonly kind: 'refused'; readonly alerts: readonly Alert[] }
  /** Marathon, the disk or the reload failed: what HAProxy runs stays. */
  | { readonly kind: 'failed'; readonly error: Error };

export interface Journal {
  append(record: PassRecord): void;
  /** Calls `listener` for each record from now on; the answer ends that. */
  subscribe(listener: (record: PassRecord) => void): () => void;
  readonly latest: PassRecord | undefined;
}

export function createJournal(): Journal {
  const listeners = new Set<(record: PassRecord) => void>();
  let latest: PassRecord | undefined;
  return {
    append(record) {
      latest = record;
      for (const listener of listeners) listener(record);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get latest() {
      return latest;
    },
  };
}
