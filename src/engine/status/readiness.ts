/** Decides whether the load balancer serves the current state of Marathon, and if not, why. */
import type { SourceContact } from '../journal/source-contact.ts';
import type { Entry, Journal } from '../journal/journal.ts';
import { formatOutcome } from '../journal/log-passes.ts';
import { HAPROXY_FAULTS, type HaproxyState } from '../../haproxy/process/heartbeat.ts';
import { isNote } from '../../model/problem.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Empty when ready. */
  readonly reasons: readonly Reason[];
  /** The number of mistakes in apps at the last pass: they cost only their own services, and the load balancer is ready. */
  readonly problems: number;
  /** HAProxy runs files that were put there by hand, and not what Marathon says; left out: it does not. */
  readonly foreign?: string;
}

export interface Reason {
  readonly code: 'starting' | 'not-applied' | 'marathon-silent' | 'haproxy-gone' | 'haproxy-silent';
  readonly detail: string;
}

/** Seconds between reads of everything; twice as long without a word from Marathon is too long. */
export interface ReadinessOptions {
  readonly resyncInterval: number;
}

/** Follows the journal from now on; the answer tells how it stands at the moment. */
export function createReadiness(
  journal: Pick<Journal, 'subscribe' | 'latest'>,
  contact: Pick<SourceContact, 'lastSeenAgo'>,
  { resyncInterval }: ReadinessOptions,
  haproxy: () => HaproxyState = () => 'unknown',
): () => Readiness {
  let applied = journal.latest && isApplied(journal.latest);
  let latest = journal.latest;
  let foreignSince: Date | undefined;
  journal.subscribe((entry) => {
    latest = entry;
    if (entry.outcome.kind === 'reload' && entry.outcome.isForeign) foreignSince = entry.at;
    else if (isApplied(entry) === true) foreignSince = undefined;
    applied = isApplied(entry) ?? applied;
  });
  return () => {
    const heard = contact.lastSeenAgo();
    const reasons: Reason[] = [];
    const state = haproxy();
    if (state === 'gone' || state === 'silent')
      reasons.push({ code: `haproxy-${state}`, detail: `HAProxy ${HAPROXY_FAULTS[state]}` });
    if (applied === undefined) reasons.push({ code: 'starting', detail: startingDetail(latest) });
    else if (!applied) reasons.push({ code: 'not-applied', detail: latest ? formatOutcome(latest.outcome) : '' });
    if (heard !== undefined && heard > 2 * resyncInterval * 1000) {
      const seconds = Math.round(heard / 1000);
      const detail = `nothing came from Marathon for ${seconds} s, the limit is ${2 * resyncInterval} s (twice --resync-interval)`;
      reasons.push({ code: 'marathon-silent', detail });
    }
    const problems = latest?.problems.filter((problem) => !isNote(problem)).length ?? 0;
    const foreign =
      foreignSince &&
      `HAProxy runs files that were put there by hand (${foreignSince.toISOString()}), not what Marathon says, until that changes or everything is read again (--resync-interval)`;
    return { ready: reasons.length === 0, reasons, problems, ...(foreign === undefined ? {} : { foreign }) };
  };
}

/** Returns undefined if the pass stopped before it applied anything: Marathon unreachable, snapshot held, or reload postponed. */
function isApplied({ outcome, stages }: Entry): boolean | undefined {
  if (LIVE.has(outcome.kind)) return true;
  if (outcome.kind === 'held' || outcome.kind === 'postponed') return undefined;
  return outcome.kind === 'failed' && stages.build === undefined && stages.apply === undefined ? undefined : false;
}

/** Kinds of outcome after which HAProxy runs what Marathon says. */
const LIVE: ReadonlySet<string> = new Set(['unchanged', 'runtime', 'reload']);

function startingDetail(latest: Entry | undefined): string {
  if (latest === undefined) return 'no pass has ended yet; HAProxy serves the configuration on disk, which may be old';
  return `Marathon could not be read yet, HAProxy serves the configuration on disk, which may be old: ${formatOutcome(latest.outcome)}`;
}
