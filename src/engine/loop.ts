/** Time and order: when a pass runs, and for which apps. One pass at a time; what comes meanwhile is one next pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/logger.ts';
import { createBackoff } from '../marathon/backoff.ts';
import type { StreamEvent } from '../marathon/event.ts';
import type { Journal } from './journal.ts';
import type { Pass, PassRequest } from './pass.ts';
import type { PassCause } from './record.ts';
import type { Dirty } from './world.ts';

export interface LoopOptions {
  readonly pass: Pass;
  readonly journal: Journal;
  readonly log: Logger;
  /** Seconds after which everything is read for good measure, whatever events there were. */
  readonly resyncInterval: number;
  /** Ceiling in seconds of the wait after a failed pass. */
  readonly maxBackoff: number;
  /** Milliseconds of rest after a pass that wrote the configuration, so that a storm of events is few reloads. */
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
  let reloadWanted: PassCause | undefined;
  let wake: () => void = idle;
  /** When everything is to be read again at the latest. */
  let resyncAt = 0;

  const want = (cause: string, since: number, dirty: Dirty, retryRejected: boolean): void => {
    wanted = wanted
      ? {
          ...wanted,
          cause: joined(wanted.cause, cause),
          dirty: united(wanted.dirty, dirty),
          retryRejected: wanted.retryRejected || retryRejected,
        }
      : { cause, since, dirty, retryRejected };
    wake();
  };

  const take = (): PassRequest | undefined => {
    const request = wanted;
    wanted = undefined;
    if (request === undefined || clock() < resyncAt) return request;
    return { ...request, dirty: 'all', retryRejected: true };
  };

  /** Waits for work, at most `ms`; true: there is some. */
  const waitForWork = async (ms: number, signal: AbortSignal): Promise<boolean> => {
    if (wanted || reloadWanted) return true;
    const woken = new AbortController();
    wake = () => woken.abort();
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {});
    wake = idle;
    signal.throwIfAborted();
    return wanted !== undefined || reloadWanted !== undefined;
  };

  const runOne = async (signal: AbortSignal): Promise<number> => {
    if (reloadWanted) {
      const request = reloadWanted;
      reloadWanted = undefined;
      journal.append(await pass.reload(request, signal));
    }
    const request = take();
    if (!request) return resyncAt - clock();
    const record = await pass.run(request, signal);
    journal.append(record);
    if (record.outcome.kind === 'failed') return backoff.next();
    backoff.healthy();
    if (record.outcome.kind === 'held') return record.outcome.retryInMs;
    if (request.dirty === 'all') resyncAt = clock() + options.resyncInterval * 1000;
    if (record.outcome.kind === 'reload' || record.outcome.kind === 'refused') await sleep(rest, undefined, { signal });
    return resyncAt - clock();
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
      reloadWanted = { cause, since: clock() };
      wake();
    },
    async run(signal) {
      let failed = false;
      let wait = 0;
      while (!signal.aborted) {
        try {
          const isWork = await waitForWork(wait, signal);
          if (!isWork) want(failed ? 'trying again' : 'resync', clock(), 'all', true);
          wait = await runOne(signal);
          failed = ['failed', 'held'].includes(journal.latest?.outcome.kind ?? '');
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    },
  };
}

function idle(): void {}

/** More dirty apps than this are read all at once. */
const MAX_DIRTY = 20;

function united(some: Dirty, more: Dirty): Dirty {
  if (some === 'all' || more === 'all') return 'all';
  const both = new Set([...some, ...more]);
  return both.size > MAX_DIRTY ? 'all' : both;
}

function joined(causes: string, cause: string): string {
  if (causes === cause || causes.endsWith(' more')) return causes.endsWith(' more') ? countUp(causes) : causes;
  return `${causes} and 1 more`;
}

function countUp(causes: string): string {
  return causes.replace(/(\d+) more$/, (_, count: string) => `${Number(count) + 1} more`);
}
