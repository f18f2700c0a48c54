/** Writes the journal to the log: one line a pass, and each problem once, when it comes and when it goes. */
import type { Logger } from '../../log/logger.ts';
import { isNote, type Problem } from '../../model/problem.ts';
import { describe } from '../../plan/describe.ts';
import type { Entry, Journal, Outcome } from './journal.ts';
import { plural } from '../../lib/text/plural.ts';

/** Logs every pass from now on; the function that it returns ends that. */
export function logPasses(journal: Journal, log: Logger): () => void {
  let failure: string | undefined;
  return journal.subscribe((entry) => {
    for (const problem of entry.appeared) logProblem(formatProblem(problem), problem, log);
    for (const problem of entry.altered) logProblem(`now: ${formatProblem(problem)}`, problem, log);
    for (const problem of entry.mended) log.info(`fixed: ${formatProblem(problem)}`, { app: problem.app, pass: entry.id });
    const { outcome } = entry;
    const why = outcome.kind === 'failed' ? outcome.error.message : undefined;
    // As long as the cause is the same it is an error once.
    logPass(entry, why !== undefined && why === failure, log);
    failure = why;
  });
}

/** Logs a problem as a warning, a note as information. */
export function logProblem(text: string, problem: Problem, log: Logger): void {
  const { app, service } = problem;
  const fields = { app, ...(service === undefined ? {} : { service }), problem };
  if (isNote(problem)) log.info(text, fields);
  else log.warn(text, fields);
}

/** Returns a problem in one line: app, service, what is wrong. */
export function formatProblem(problem: Problem): string {
  const fix = problem.fix === undefined ? '' : `; ${problem.fix}`;
  return `app ${problem.app}: ${problem.detail}${fix} [${problem.code}]`;
}

/** Returns the result of a pass, in an operator's words. */
export function formatOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'unchanged':
      return 'nothing changed';
    case 'runtime':
      return `${outcome.commands.length} commands to the running HAProxy`;
    case 'reload':
      return `${outcome.attempts === 0 ? 'written, HAProxy not reloaded' : 'HAProxy reloaded'}: ${summary(outcome.reasons)}`;
    case 'refused':
      return `${outcome.commands === undefined ? '' : `${outcome.commands.length} commands to the running HAProxy; `}HAProxy rejects the configuration, ${outcome.commands === undefined ? 'what runs stays' : 'all else stays'}: ${summary(outcome.alerts.map((alert) => alert.message))}`;
    case 'held':
      return `snapshot held: it would remove ${outcome.removed} of ${outcome.total} servers right after a start or a reconnect; what runs stays until a second read confirms it (--max-removal)`;
    case 'postponed':
      return `${outcome.commands.length > 0 ? `${outcome.commands.length} commands to the running HAProxy; ` : ''}reload in ${(outcome.retryInMs / 1000).toFixed(1)} s (--reload-min-interval): ${summary(outcome.reasons)}`;
    case 'failed':
      return `failed, what runs stays: ${outcome.error.message}`;
    default:
      return outcome satisfies never;
  }
}

/** Returns the changes and how they went live: `server + 10.0.1.7:31003 to /shop:10000 → without a reload`. */
export function formatEntry({ changes, outcome, refusals = [] }: Entry): string {
  const told = describe(changes);
  if (told.length === 0) return formatOutcome(outcome);
  // The rules of the shared frontends follow from the services.
  const ofApps = told.filter(({ app }) => app !== undefined);
  const what = summary((ofApps.length > 0 ? ofApps : told).map(({ text }) => text));
  return `${what} → ${formatWay(outcome, refusals)}`;
}

/** Returns how it went live. A reload's reasons are the changes, which are named already, and what HAProxy refused to do without one. */
function formatWay(outcome: Outcome, refusals: readonly string[]): string {
  if (outcome.kind === 'runtime') return 'without a reload';
  if (outcome.kind !== 'reload' || outcome.attempts === 0) return formatOutcome(outcome);
  return refusals.length === 0 ? 'HAProxy reloaded' : `HAProxy reloaded: ${summary(refusals)}`;
}

function logPass(entry: Entry, isKnown: boolean, log: Logger): void {
  const { id, cause, stages, outcome, services, servers, problems, sinceCause } = entry;
  const changes = describe(entry.changes).map(({ text }) => text);
  const what = formatEntry(entry);
  const reasons = outcome.kind === 'reload' || outcome.kind === 'postponed' ? { reasons: outcome.reasons.slice(0, 50) } : {};
  const faults = problems.filter((problem) => !isNote(problem)).length;
  const counts = `${plural(services, 'service')}, ${plural(servers, 'server')}, ${plural(faults, 'problem')}`;
  // A pass that failed before its decision has no services.
  const known = outcome.kind === 'failed' && stages.build === undefined ? '' : `${counts}, `;
  const line = `${cause}: ${what} (${known}${sinceCause.toFixed(0)} ms)`;
  const fields = { pass: id, cause, stages, outcome: outcome.kind, changes: changes.slice(0, 50), ...reasons };
  if (outcome.kind === 'held') log.critical(line, fields);
  else if (outcome.kind === 'failed' && isKnown) log.debug(line, fields);
  else if (outcome.kind === 'failed' || outcome.kind === 'refused') log.error(line, fields);
  else if (outcome.kind === 'unchanged' || (outcome.kind === 'postponed' && outcome.commands.length === 0))
    log.debug(line, fields);
  else log.info(line, fields);
}

/** Returns the first few of many texts. */
export function summary(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).join('; ');
  return texts.length > 5 ? `${shown}; and ${texts.length - 5} more` : shown;
}
