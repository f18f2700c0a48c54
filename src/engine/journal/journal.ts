/** The journal: each pass appends a record; log, metrics, `history` and `status` read from it. */
import type { Alert } from '../../haproxy/check/alerts.ts';
import type { Applied } from '../../haproxy/applier.ts';
import type { Problem } from '../../model/problem.ts';
import type { Change } from '../../plan/change.ts';
import { compare } from '../../plan/compare.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Held } from '../snapshot/removal-guard.ts';

/** The record of a pass about itself. */
export interface PassRecord {
  /** The reason of the pass: `event status_update_event of /shop`, `start`, `SIGHUP`. */
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
  /** The runtime command that HAProxy refused, so that a reload was needed. */
  readonly refusals?: readonly string[] | undefined;
  /** The documents live before and after the pass; undefined: not known (before the first one). */
  readonly before?: ConfigDocument | undefined;
  readonly after?: ConfigDocument | undefined;
  /** The changes of the plan, which may be for other documents than those two. */
  readonly compared?: Compared | undefined;
  /** The text of the configuration that was on disk, where `before` is not known. */
  readonly onDisk?: string | undefined;
  /** Milliseconds until an address that was in use is tried again; undefined if there is none. */
  readonly againInMs?: number | undefined;
}

/** Two documents, and how they differ. */
export interface Compared {
  readonly before: ConfigDocument;
  readonly after: ConfigDocument;
  readonly changes: readonly Change[];
}

/** A pass in the journal: its own record, and its meaning beside the passes before. */
export interface Entry extends PassRecord {
  /** Counts up by one a pass. */
  readonly id: number;
  /** The changes that went live; empty if there are none, and for the first document after a start. `plan/describe` writes it. */
  readonly changes: readonly Change[];
  /** Problems that the pass before had not. */
  readonly appeared: readonly Problem[];
  /** Problems that the pass before had in other words: another reason, or another effect. */
  readonly altered: readonly Problem[];
  /** Problems of earlier passes that are fixed. */
  readonly mended: readonly Problem[];
}

export type Stage = 'read' | 'build' | 'render' | 'check' | 'apply';

export type Outcome =
  | Applied
  /**
   * HAProxy rejects the configuration and no app is to blame: nothing changed, but for servers that could go live without
   * a reload; `commands`: what was sent to the running HAProxy for them.
   */
  | { readonly kind: 'refused'; readonly alerts: readonly Alert[]; readonly commands?: readonly string[] }
  /** The snapshot is held until a second read confirms it: nothing changed. */
  | Held
  | Postponed
  /** The source, the disk or the reload failed: what HAProxy runs stays. */
  | { readonly kind: 'failed'; readonly error: Error };

/** A reload is needed and not allowed yet: what runs stays, but for servers that could go live without it. */
export interface Postponed {
  readonly kind: 'postponed';
  /** Milliseconds until the reload may begin, with what is wanted then. */
  readonly retryInMs: number;
  /** Why a reload is needed. */
  readonly reasons: readonly string[];
  /** The commands that were sent to the running HAProxy meanwhile. */
  readonly commands: readonly string[];
}

export interface Journal {
  append(record: PassRecord): void;
  /** Calls `listener` for each pass from now on; the answer ends that. */
  subscribe(listener: (entry: Entry) => void): () => void;
  readonly latest: Entry | undefined;
}

/** `firstId`: the number of the first pass, one more than that of the last pass of an earlier run. */
export function createJournal({ firstId = 1 }: { readonly firstId?: number } = {}): Journal {
  const listeners = new Set<(entry: Entry) => void>();
  const watch = createProblemWatch();
  let latest: Entry | undefined;
  return {
    append(record) {
      latest = { ...record, id: latest ? latest.id + 1 : firstId, changes: changesOf(record), ...watch(record) };
      for (const listener of listeners) listener(latest);
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

function changesOf({ before, after, compared }: PassRecord): readonly Change[] {
  if (before === undefined || after === undefined || before === after) return [];
  return compared?.before === before && compared.after === after ? compared.changes : compare(before, after);
}

type ProblemNews = Pick<Entry, 'appeared' | 'altered' | 'mended'>;

/**
 * Tells from pass to pass which problems are new, which changed their text, and which are fixed. A pass that
 * failed before it decided says nothing about any.
 */
function createProblemWatch(): (record: PassRecord) => ProblemNews {
  let known: ReadonlyMap<string, readonly Problem[]> = new Map();
  let last: readonly Problem[] = [];
  return ({ problems, outcome, stages }) => {
    const news = { appeared: [] as Problem[], altered: [] as Problem[], mended: [] as Problem[] };
    if ((outcome.kind === 'failed' && stages.build === undefined) || problems === last) return news;
    const current = byKey(problems);
    for (const key of new Set([...current.keys(), ...known.keys()])) {
      const fresh = without(current.get(key) ?? [], known.get(key) ?? []);
      const gone = without(known.get(key) ?? [], current.get(key) ?? []);
      const both = Math.min(fresh.length, gone.length);
      news.altered.push(...fresh.slice(0, both));
      news.appeared.push(...fresh.slice(both));
      news.mended.push(...gone.slice(both));
    }
    known = current;
    last = problems;
    return news;
  };
}

/** The subject of a problem; a service may have several of a kind. */
function byKey(problems: readonly Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = [problem.app, problem.service, problem.code, problem.label].join('\n');
    const others = found.get(key);
    if (others === undefined) found.set(key, [problem]);
    else if (!others.some(({ detail }) => detail === problem.detail)) others.push(problem);
  }
  return found;
}

function without(problems: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ detail }) => !others.some((other) => other.detail === detail));
}
