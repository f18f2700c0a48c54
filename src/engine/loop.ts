/** Decides when a pass runs, and for which workloads. One pass at a time; what comes during a pass becomes one next pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.ts';
import { createBackoff } from '../lib/async/backoff.ts';
import type { Dirty, SourceEvent } from '../sources/source.ts';
import type { Journal } from './journal/journal.ts';
import { createDirtySet, union } from './pass/dirty-set.ts';
import type { Pass, PassRequest } from './pass/pass.ts';
import type { PassCause } from './pass/record.ts';

export interface LoopOptions {
  readonly pass: Pass;
  readonly journal: Journal;
  readonly log: Logger;
  /** Seconds after which everything is read again, whatever events came. */
  readonly resyncInterval: number;
  /** Longest wait after a failed pass, in seconds. */
  readonly maxBackoff: number;
  /** Milliseconds of rest after HAProxy rejected the configuration, so that many events cause few checks. */
  readonly rest?: number;
  readonly clock?: () => number;
  readonly random?: () => number;
}

export interface Loop {
  /** Takes an event: something changed, the stream is open, or it was lost. */
  notify(event: SourceEvent): void;
  /** Reads everything again (SIGHUP). */
  readAgain(cause: string): void;
  /** Renders what is known again: something else than workloads changed. */
  renderAgain(cause: string): void;
  /** Compares HAProxy with what it should have, without a read of Marathon. */
  compare(cause: string): void;
  /** Reloads HAProxy with the configuration on disk (SIGUSR1). */
  reload(cause: string): void;
  /** Runs passes until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export function createLoop(options: LoopOptions): Loop {
  const { pass, journal, log, rest = 100, clock = () => performance.now(), random = Math.random } = options;
  const backoff = createBackoff(options.maxBackoff, { now: clock, random });
  let wanted: PassRequest | undefined;
  const dirtySet = createDirtySet();
  /** The next pass, if nothing comes before. */
  let due: Due = { at: 0, request: everything('resync') };
  let reloadDue: { readonly at: number; readonly request: PassCause } | undefined;
  /** The cause of the reload that has to wait. */
  let postponed: PassCause | undefined;
  /** Why the event stream is lost, as long as it is. */
  let lostFor: string | undefined;
  let wake: () => void = idle;
  /** When everything is read again at the latest. */
  let resyncAt = 0;

  const want = (cause: string, since: number, dirty: Dirty, retryRejected: boolean): void => {
    const request = { cause, since, dirty, retryRejected };
    wanted = wanted ? merged(wanted, request) : request;
    dirtySet.add(dirty);
    wake();
  };

  /** Returns the pass to run now; undefined if there is none yet. */
  const nextRequest = (): PassRequest | undefined => {
    const now = clock();
    const request = wanted ?? (now >= due.at ? { since: now, ...due.request } : undefined);
    wanted = undefined;
    dirtySet.clear();
    if (request === undefined || now < resyncAt) return request;
    return { ...request, dirty: 'all', retryRejected: true };
  };

  /** Waits until there is something to do. May return early. */
  const waitForWork = async (signal: AbortSignal): Promise<void> => {
    const ms = Math.min(due.at, reloadDue?.at ?? Infinity) - clock();
    if (wanted !== undefined || ms <= 0) return;
    const woken = new AbortController();
    wake = () => woken.abort();
    await sleep(Math.min(ms, LONGEST), undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {});
    wake = idle;
    signal.throwIfAborted();
  };

  const reloadNow = async (request: PassCause, signal: AbortSignal): Promise<void> => {
    reloadDue = undefined;
    const record = await pass.reload(request, signal);
    journal.append(record);
    if (record.outcome.kind === 'postponed') reloadDue ??= { at: clock() + record.outcome.retryInMs, request };
  };

  const runOne = async (request: PassRequest, signal: AbortSignal): Promise<Due> => {
    if (request.cause === RETRY.cause) {
      // Files are compared every second; that alone is no pass.
      const { isDue, nextIn } = await pass.retryDue();
      if (!isDue) return retryIn(nextIn);
    }
    const asked = reloadDue;
    const record = await pass.run(request, signal, dirtySet);
    journal.append(record);
    const { outcome } = record;
    if (outcome.kind === 'failed') return { at: clock() + backoff.next(), request: everything('trying again') };
    backoff.healthy();
    if (outcome.kind === 'held') return { at: clock() + outcome.retryInMs, request: everything('trying again') };
    if (request.dirty === 'all') resyncAt = clock() + options.resyncInterval * 1000;
    if (outcome.kind === 'postponed') {
      const { cause, since } = request;
      const first = (postponed ??= { cause, since });
      if (first.cause !== cause) postponed = { ...first, cause: joined(first.cause, cause) };
      // It renders what is known then; nothing is read for it.
      return { at: clock() + outcome.retryInMs, request: { ...postponed, dirty: NOTHING, retryRejected: false } };
    }
    postponed = undefined;
    // A reload that was asked for before the pass is done with it.
    if (outcome.kind === 'reload' && reloadDue === asked) reloadDue = undefined;
    if (outcome.kind === 'refused') await sleep(rest, undefined, { signal });
    return retryIn(record.againInMs);
  };

  /** Returns the next pass: a retry of what HAProxy rejected, or the resync, whichever comes first. */
  const retryIn = (ms: number | undefined): Due => {
    const again = clock() + (ms ?? Infinity);
    return again < resyncAt ? { at: again, request: RETRY } : { at: resyncAt, request: everything('resync') };
  };

  return {
    notify(event) {
      switch (event.kind) {
        case 'opened':
          lostFor = undefined;
          log.info(`event stream of ${event.url} is open`);
          want('connected', clock(), 'all', true);
          break;
        case 'changed':
          want(
            `event ${event.cause}${event.workload === undefined ? '' : ` of ${event.workload}`}`,
            event.at,
            event.workload === undefined ? 'all' : new Set([event.workload]),
            false,
          );
          break;
        case 'lost': {
          const why = event.error.message;
          const line = `event stream lost: ${why}; next try in ${(event.retryInMs / 1000).toFixed(1)} s`;
          // A long outage is one line, until its cause changes.
          if (why === lostFor) log.debug(line);
          else log.warn(line);
          lostFor = why;
          break;
        }
        default:
          event satisfies never;
      }
    },
    readAgain: (cause) => want(cause, clock(), 'all', true),
    renderAgain: (cause) => want(cause, clock(), NOTHING, false),
    compare: (cause) => want(cause, clock(), NOTHING, true),
    reload(cause) {
      const now = clock();
      reloadDue = { at: now, request: { cause, since: now } };
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await waitForWork(signal);
          const request = nextRequest();
          // Before a reload that is asked for, so that both are one reload.
          if (request !== undefined) due = await runOne(request, signal);
          if (reloadDue !== undefined && clock() >= reloadDue.at) await reloadNow(reloadDue.request, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    },
  };
}

interface Due {
  /** On the clock, in milliseconds. */
  readonly at: number;
  /** Without `since`, it waits since `at`. */
  readonly request: Omit<PassRequest, 'since'> & Partial<Pick<PassRequest, 'since'>>;
}

function everything(cause: string): Due['request'] {
  return { cause, dirty: 'all', retryRejected: true };
}

const NOTHING: ReadonlySet<string> = new Set();

/** Renders what is known again. */
const RETRY: Due['request'] = { cause: 'what HAProxy refused is tried again', dirty: NOTHING, retryRejected: false };

/** Returns one request for two; it waits since the first. */
function merged(first: PassRequest, second: PassRequest): PassRequest {
  return {
    since: first.since,
    cause: joined(first.cause, second.cause),
    dirty: union(first.dirty, second.dirty),
    retryRejected: first.retryRejected || second.retryRejected,
  };
}

/** Returns two causes in one line: the first, and how many came after it. */
function joined(causes: string, cause: string): string {
  if (causes === cause || causes.endsWith(' more')) return causes.endsWith(' more') ? countUp(causes) : causes;
  return `${causes} and 1 more`;
}

function countUp(causes: string): string {
  return causes.replace(/(\d+) more$/, (_, count: string) => `${Number(count) + 1} more`);
}

function idle(): void {}

/** The longest time that a timer of Node can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;
