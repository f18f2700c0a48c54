/** Time and order: when a pass runs, and for which apps. One pass at a time; what comes meanwhile is one next pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.ts';
import { createBackoff } from '../marathon/events/backoff.ts';
import type { StreamEvent } from '../marathon/events/event.ts';
import type { Journal } from './journal/journal.ts';
import { joined, merged } from './pass/merge-requests.ts';
import { createNews } from './pass/dirty-set.ts';
import type { Pass, PassRequest } from './pass/pass.ts';
import type { PassCause } from './pass/record.ts';
import type { Dirty } from './snapshot/app-cache.ts';

export interface LoopOptions {
  readonly pass: Pass;
  readonly journal: Journal;
  readonly log: Logger;
  /** Seconds after which everything is read for good measure, whatever events there were. */
  readonly resyncInterval: number;
  /** Ceiling in seconds of the wait after a failed pass. */
  readonly maxBackoff: number;
  /** Milliseconds of rest after HAProxy refused the configuration: a storm of events is to be few checks. */
  readonly rest?: number;
  readonly clock?: () => number;
  readonly dice?: () => number;
}

export interface Loop {
  /** Marathon says that something changed, that the stream is there, or that it broke. */
  notify(event: StreamEvent): void;
  /** Everything is to be read again (SIGHUP). */
  readAgain(cause: string): void;
  /** HAProxy is to be reloaded with the configuration on disk (SIGUSR1). */
  reload(cause: string): void;
  /** Runs passes until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export function createLoop(options: LoopOptions): Loop {
  const { pass, journal, log, rest = 100, clock = () => performance.now(), dice = Math.random } = options;
  const backoff = createBackoff(options.maxBackoff, { now: clock, dice });
  let wanted: PassRequest | undefined;
  const news = createNews();
  /** The next pass, where nothing comes before. */
  let due: Due = { at: 0, request: everything('resync') };
  let reloadDue: { readonly at: number; readonly request: PassCause } | undefined;
  /** What the reload is for that has to wait. */
  let postponed: PassCause | undefined;
  let wake: () => void = idle;
  /** When everything is to be read again at the latest. */
  let resyncAt = 0;

  const want = (cause: string, since: number, dirty: Dirty, retryRejected: boolean): void => {
    const request = { cause, since, dirty, retryRejected };
    wanted = wanted ? merged(wanted, request) : request;
    news.add(dirty);
    wake();
  };

  /** What is to be done now; undefined: nothing yet. */
  const take = (): PassRequest | undefined => {
    const now = clock();
    const request = wanted ?? (now >= due.at ? { since: now, ...due.request } : undefined);
    wanted = undefined;
    news.clear();
    if (request === undefined || now < resyncAt) return request;
    return { ...request, dirty: 'all', retryRejected: true };
  };

  /** Waits until there is something to do, or until somebody should look again. */
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
    if (request.cause === AGAIN.cause) {
      // Files are looked at every second: that alone is no pass.
      const { isDue, nextIn } = await pass.again();
      if (!isDue) return lookAgainIn(nextIn);
    }
    const asked = reloadDue;
    const record = await pass.run(request, signal, news);
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
      // What is known then is what counts: nothing is read for it.
      return { at: clock() + outcome.retryInMs, request: { ...postponed, dirty: NOTHING, retryRejected: false } };
    }
    postponed = undefined;
    // Whoever asked for a reload before has one.
    if (outcome.kind === 'reload' && reloadDue === asked) reloadDue = undefined;
    if (outcome.kind === 'refused') await sleep(rest, undefined, { signal });
    return lookAgainIn(record.againInMs);
  };

  /** For what HAProxy refused, unless the resync comes before. */
  const lookAgainIn = (ms: number | undefined): Due => {
    const again = clock() + (ms ?? Infinity);
    return again < resyncAt ? { at: again, request: AGAIN } : { at: resyncAt, request: everything('resync') };
  };

  return {
    notify(event) {
      switch (event.kind) {
        case 'opened':
          log.info(`event stream of ${event.url} is open`);
          want('connected', clock(), 'all', true);
          break;
        case 'changed':
          want(
            `event ${event.cause}${event.app === undefined ? '' : ` of ${event.app}`}`,
            event.at,
            event.app === undefined ? 'all' : new Set([event.app]),
            false,
          );
          break;
        case 'lost':
          log.warn(`event stream lost: ${event.error.message}; next try in ${(event.retryInMs / 1000).toFixed(1)} s`);
          break;
        default:
          event satisfies never;
      }
    },
    readAgain: (cause) => want(cause, clock(), 'all', true),
    reload(cause) {
      const now = clock();
      reloadDue = { at: now, request: { cause, since: now } };
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await waitForWork(signal);
          const request = take();
          // Before a reload that is asked for: with what is new it is one reload.
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
  /** Left out: it is since then. */
  readonly request: Omit<PassRequest, 'since'> & Partial<Pick<PassRequest, 'since'>>;
}

function everything(cause: string): Due['request'] {
  return { cause, dirty: 'all', retryRejected: true };
}

const NOTHING: ReadonlySet<string> = new Set();

/** What is known is rendered again. */
const AGAIN: Due['request'] = { cause: 'what HAProxy refused is tried again', dirty: NOTHING, retryRejected: false };

function idle(): void {}

/** What timers of Node can count to, in milliseconds. */
const LONGEST = 2 ** 31 - 1;
