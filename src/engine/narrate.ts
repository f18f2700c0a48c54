/** The journal in the log: one line a pass, and each problem once, when it comes and when it goes. */
import type { Logger } from '../log/logger.ts';
import type { Problem } from '../model/problem.ts';
import type { Journal, Outcome, PassRecord } from './journal.ts';

/** Logs every record from now on; the answer ends that. */
export function narrate(journal: Journal, log: Logger): () => void {
  let known = new Map<string, Problem>();
  return journal.subscribe((record) => {
    const current = new Map(record.problems.map((problem) => [keyOf(problem), problem]));
    if (record.outcome.kind !== 'failed') {
      for (const [key, problem] of current) if (!known.has(key)) log.warn(tell(problem), { problem });
      for (const [key, problem] of known) if (!current.has(key)) log.info(`no longer: ${tell(problem)}`);
      known = current;
    }
    tellPass(record, log);
  });
}

/** A problem in one line: app, service, what is wrong. */
export function tell(problem: Problem): string {
  return `app ${problem.app}: ${problem.detail} [${problem.code}]`;
}

/** What came of a pass, in an operator's words. */
export function tellOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'unchanged':
      return 'nothing changed';
    case 'runtime':
      return `${outcome.commands.length} commands to the running HAProxy`;
    case 'reload':
      return `${outcome.attempts === 0 ? 'written, HAProxy not reloaded' : 'HAProxy reloaded'}: ${summary(outcome.reasons)}`;
    case 'refused':
      return `HAProxy refuses the configuration, what runs stays: ${summary(outcome.alerts.map((alert) => alert.message))}`;
    case 'failed':
      return `failed, what runs stays: ${outcome.error.message}`;
    default:
      return outcome satisfies never;
  }
}

function tellPass(record: PassRecord, log: Logger): void {
  const took = `${record.sinceCause.toFixed(0)} ms`;
  const line = `${record.cause}: ${tellOutcome(record.outcome)} (${record.services} services, ${record.servers} servers, ${record.problems.length} problems, ${took})`;
  const fields = { cause: record.cause, stages: record.stages, outcome: record.outcome.kind };
  if (record.outcome.kind === 'failed' || record.outcome.kind === 'refused') log.error(line, fields);
  else if (record.outcome.kind === 'unchanged') log.debug(line, fields);
  else log.info(line, fields);
}

function keyOf(problem: Problem): string {
  return `${problem.app}\n${problem.service ?? ''}\n${problem.code}\n${problem.detail}`;
}

function summary(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).join('; ');
  return texts.length > 5 ? `${shown}; and ${texts.length - 5} more` : shown;
}
