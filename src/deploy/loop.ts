/** Looks, decides, does, and looks again, until the deploy is done. */
import { SourceError } from '../sources/source.ts';
import { adviceFor, questionFor } from './report/texts.ts';
import { inOrder } from './decide/make-last-scaled.ts';
import { DeployError, type DeployErrorCode } from './error.ts';
import type { DeployEvent } from './event.ts';
import { afterWrite, disturbed, noObservations, remember } from './view/observations.ts';
import type { Observer } from './io/observe.ts';
import type { Blame, DeployPlan, Observation, Step, Write } from './types.ts';
import { step } from './decide/step.ts';
import { summaryOf } from './report/summary.ts';
import { type View, viewOf } from './view/view.ts';
import { write, type WriteClient } from './io/marathon-writes.ts';
import { NEVER } from '../lib/async/signals.ts';

export interface LoopParts {
  readonly observer: Observer;
  readonly client: WriteClient;
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly stepDelay: number;
  readonly report: (event: DeployEvent) => void;
  /** Returns whether to go on; `--force` says yes. */
  readonly ask: (question: string) => Promise<boolean>;
  /** Before tasks are killed. Throws a `DeployError` if they must not be. */
  readonly beforeKill: (step: Extract<Write, { readonly kind: 'kill' }>, view: View) => Promise<void>;
  readonly interruption: Interruption;
  /** The last change before this one. */
  readonly last?: 'create';
}

export interface Clock {
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Somebody pressed Ctrl-C, or the process is to end. */
export interface Interruption {
  /** Aborted when it happens; a new one after each `choose`. */
  readonly signal: AbortSignal;
  /** `canGoBack`: there is an old app. */
  choose(canGoBack: boolean): Promise<'leave' | 'back' | 'go-on'>;
}

/** Ends when the plan is done, and gives the reason. Throws a `DeployError` if it stopped before. */
export async function runLoop(start: DeployPlan, parts: LoopParts): Promise<string> {
  let plan = start;
  let observations = noObservations(parts.clock.now());
  let trouble: Trouble | undefined;
  let rolledBack: DeployError | undefined;
  let hasOldApp = parts.last !== 'create';
  let asked = '';
  let writes = 0;
  let last: DeployErrorCode = parts.last ?? 'scale';
  for (;;) {
    if (parts.interruption.signal.aborted) {
      const choice = await parts.interruption.choose(hasOldApp && plan.goal.kind !== 'back');
      if (choice === 'leave') {
        const goesBack = hasOldApp ? ', --rollback takes it back' : '';
        throw new DeployError('declined', `left as it is; --resume goes on${goesBack}`, { retryable: true });
      }
      if (choice === 'back') {
        plan = goingBack(plan);
        // The exit status must not be that of a deploy.
        rolledBack = new DeployError('declined', 'rolled back, as was chosen when it was interrupted');
      }
      observations = afterWrite(observations, parts.clock.now());
    }
    const look = await observeWithRetries(plan, parts);
    if (look === undefined) continue;
    const { seen } = look;
    const view = viewAt(seen, plan);
    hasOldApp = seen.apps.length > 1;
    observations = remember(
      look.isTroubled ? disturbed(observations, seen.at) : observations,
      seen,
      view,
      plan.goal,
      plan.stepSize,
    );
    const next = step(seen, plan, observations);
    reportLook(next, seen, view, parts);
    if (next.kind === 'done') {
      if (rolledBack === undefined) return next.why;
      throw rolledBack;
    }
    if (next.kind === 'stop') throw stopped(next.blame, last, `${next.why}. Nothing more is changed; ${adviceFor(seen, plan)}`);
    if (next.kind === 'turn-back') {
      parts.report({ type: 'turned-back', why: next.why });
      rolledBack = new DeployError('rolled-back', `rolled back: ${next.why}`);
      plan = goingBack(plan);
      observations = afterWrite(observations, seen.at);
      continue;
    }
    let isPartial = false;
    if (next.kind !== 'wait') {
      const key = JSON.stringify({ ...next, why: '' });
      const answer = asked === key ? 'yes' : await isAllowed(next, view, parts);
      if (answer === 'interrupted') continue;
      if (answer === 'no') {
        throw new DeployError('declined', `declined: ${next.kind} of ${next.app}; ${adviceFor(seen, plan)}`);
      }
      // Time may have passed with the question: what was seen before it is not what is killed.
      const isFresh = parts.clock.now() - seen.at < parts.stepDelay || asked === key;
      asked = key;
      if (!isFresh) continue;
      const outcome = await write(parts.client, next, NEVER);
      parts.report({ type: 'write', step: next, outcome });
      if (outcome.kind === 'done') {
        isPartial = !(await follow(next, parts));
        [observations, trouble, asked, last] = [afterWrite(observations, parts.clock.now()), undefined, '', codeOf(next)];
        if ((writes += 1) > limitOf(seen))
          throw new DeployError('unknown', `${writes} changes and no end: does somebody else change the apps?`);
      } else {
        const now = parts.clock.now();
        if (trouble?.key !== key) trouble = { key, since: now };
        // It may have taken effect: what follows has its full time.
        if (outcome.kind === 'unknown') observations = afterWrite(observations, now);
        if (now - trouble.since >= plan.waits.maxWait)
          throw new DeployError(codeOf(next), `${outcome.why}, for too long; --resume goes on`, { retryable: true });
      }
    }
    if (!isPartial) await pause(next, seen, parts);
  }
}

/** A change that Marathon refuses. */
interface Trouble {
  readonly key: string;
  readonly since: number;
}

/** Does what follows a change at once. Stops at the first change that Marathon refuses, and returns false. */
async function follow(first: Write, { client, report }: LoopParts): Promise<boolean> {
  for (const step of inOrder(first).slice(1)) {
    const outcome = await write(client, step, NEVER);
    report({ type: 'write', step, outcome });
    if (outcome.kind !== 'done') return false;
  }
  return true;
}

function viewAt(seen: Observation, { goal }: DeployPlan): View | undefined {
  if (seen.apps.length !== 2) return undefined;
  const view = viewOf(seen, goal);
  return view.kind === 'view' ? view : undefined;
}

function goingBack(plan: DeployPlan): DeployPlan {
  return { ...plan, goal: { kind: 'back' } };
}

function reportLook(next: Step, seen: Observation, view: View | undefined, { report }: Pick<LoopParts, 'report'>): void {
  const remaining = next.kind === 'wait' && next.until !== undefined ? Math.max(0, next.until - seen.at) : undefined;
  report({ type: 'look', sides: summaryOf(seen, view), step: next, remaining });
}

async function isAllowed(
  next: Write,
  view: View | undefined,
  { ask, beforeKill, report, interruption: { signal } }: LoopParts,
): Promise<'yes' | 'no' | 'interrupted'> {
  try {
    if (next.kind === 'kill' && !next.force && view !== undefined) await beforeKill(next, view);
  } catch (error) {
    if (signal.aborted) return 'interrupted';
    throw error;
  }
  const question = questionFor(next);
  if (question === undefined) return 'yes';
  const yes = await ask(question);
  if (signal.aborted) return 'interrupted';
  report({ type: 'answer', question, yes });
  return yes ? 'yes' : 'no';
}

async function pause(next: Step, seen: Observation, { clock, stepDelay, interruption }: LoopParts): Promise<void> {
  const until = next.kind === 'wait' ? next.until : undefined;
  // Until the deadline at the latest, and for 50 ms at least, so that a deadline in the past is no busy loop.
  const ms = until === undefined ? stepDelay : Math.min(stepDelay, Math.max(until - seen.at, Math.min(stepDelay, 50)));
  await clock.sleep(ms, interruption.signal);
}

/** Each step brings the deploy on by an instance at least; there is room for tasks that come and go. */
function limitOf({ apps }: Observation): number {
  return 50 + 10 * apps.reduce((sum, { app }) => sum + (app.instances ?? 0), 0);
}

function codeOf({ kind }: Write): DeployErrorCode {
  return kind === 'delete' ? 'delete' : 'scale';
}

/** Names a wait for Marathon that was too long by the change that began it. */
function stopped(blame: Blame, last: DeployErrorCode, why: string): DeployError {
  const codes: Readonly<Record<Blame, DeployErrorCode>> = {
    'load-balancer': 'load-balancer',
    marathon: last,
    labels: 'missing-field',
    drain: 'load-balancer',
    canary: 'unknown',
  };
  return new DeployError(codes[blame], why, { retryable: true });
}

/** Observes, and tries again while Marathon fails (`isTroubled`): it may be without a leader for a while. Returns undefined if interrupted. */
export async function observeWithRetries(
  { waits }: Pick<DeployPlan, 'waits'>,
  {
    observer,
    clock,
    stepDelay,
    report,
    interruption,
  }: Pick<LoopParts, 'observer' | 'clock' | 'stepDelay' | 'report' | 'interruption'>,
): Promise<{ readonly seen: Observation; readonly isTroubled: boolean } | undefined> {
  const since = clock.now();
  let isTroubled = false;
  for (;;) {
    try {
      return { seen: await observer.look(interruption.signal), isTroubled };
    } catch (error) {
      if (interruption.signal.aborted) return undefined;
      if (!(error instanceof SourceError)) throw error;
      if (clock.now() - since >= waits.maxWait) {
        throw new DeployError('marathon', `${error.message}. Nothing more is changed; --resume goes on`, {
          cause: error,
          retryable: true,
        });
      }
      isTroubled = true;
      report({ type: 'trouble', why: error.message });
      await clock.sleep(stepDelay, interruption.signal);
      if (interruption.signal.aborted) return undefined;
    }
  }
}
