import { setTimeout as sleep } from 'node:timers/promises';
import type { MarathonSettings } from '../../../config/settings.ts';
import type { Logger } from '../../../log/logger.ts';
import { createBackoff } from '../../../lib/async/backoff.ts';
import { changesOf, EVENT_TYPES } from './event-types.ts';
import type { MarathonClient } from '../http/client.ts';
import { createDecoder } from './decode.ts';
import { MarathonError } from '../error.ts';
import type { SourceEvent } from '../../source.ts';
import { createQueue } from './queue.ts';
import type { EventQueue } from './queue.ts';
import { asError } from '../../../lib/errors.ts';

export interface EventsOptions {
  /** Ends the events, and nothing else does. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Milliseconds without a byte after which the stream counts as lost. */
  readonly idleTimeout?: number;
  /** Monotonic clock, milliseconds. */
  readonly now?: () => number;
  /** 0 ≤ x < 1. */
  readonly random?: () => number;
}

/**
 * Follows Marathon's event stream, and opens it again whenever it breaks. The socket is read as fast as it
 * delivers, however long the consumer takes: Marathon drops slow readers.
 */
export async function* events(
  client: Pick<MarathonClient, 'openStream'>,
  settings: Pick<MarathonSettings, 'maxBackoff'>,
  options: EventsOptions,
): AsyncGenerator<SourceEvent, void> {
  const queue = createQueue();
  const stop = new AbortController();
  const follow = (): void => stop.abort(options.signal.reason);
  if (options.signal.aborted) return;
  options.signal.addEventListener('abort', follow, { once: true });
  const reading = keepReading(queue, client, settings, { ...options, signal: stop.signal });
  try {
    yield* queue;
  } finally {
    options.signal.removeEventListener('abort', follow);
    stop.abort();
    await reading;
  }
}

async function keepReading(
  queue: EventQueue,
  client: Pick<MarathonClient, 'openStream'>,
  { maxBackoff }: Pick<MarathonSettings, 'maxBackoff'>,
  options: EventsOptions,
): Promise<void> {
  const { signal, log, idleTimeout = 300_000, now = () => performance.now(), random = Math.random } = options;
  const backoff = createBackoff(maxBackoff, { now, random });
  const opened = (url: string): void => {
    backoff.healthy();
    queue.push({ kind: 'opened', url });
  };
  const once = warnOnce(log);
  while (!signal.aborted) {
    const error = await readStream(queue, client, { signal, idleTimeout, now, opened, unreadable: once });
    if (signal.aborted) break;
    const retryInMs = error instanceof MarathonError && error.code === 'stream-silent' ? 0 : backoff.next();
    queue.push({ kind: 'lost', error, retryInMs });
    await sleep(retryInMs, undefined, { signal }).catch(() => {});
  }
  queue.end();
}

/** Reads one stream for as long as it lasts; gives the reason of its end. */
async function readStream(
  queue: EventQueue,
  client: Pick<MarathonClient, 'openStream'>,
  how: {
    signal: AbortSignal;
    idleTimeout: number;
    now: () => number;
    opened: (url: string) => void;
    unreadable: (length: number) => void;
  },
): Promise<Error> {
  let watchdog: NodeJS.Timeout | undefined;
  try {
    const stream = await client.openStream(REQUEST, how.signal);
    watchdog = setTimeout(() => {
      const message = `the event stream of ${stream.url} was silent for ${how.idleTimeout / 1000} s: it is opened again`;
      stream.destroy(new MarathonError('stream-silent', message));
    }, how.idleTimeout);
    how.opened(stream.url);
    let at = how.now();
    const decoder = createDecoder({
      document: (document) => {
        for (const change of changesOf(document, at)) queue.push(change);
      },
      unreadable: how.unreadable,
    });
    for await (const chunk of stream.chunks) {
      watchdog.refresh();
      at = how.now();
      decoder.feed(chunk);
    }
    return new MarathonError(
      'stream-ended',
      `${stream.url} ended the event stream (its Marathon stopped, or is not the leader any more)`,
    );
  } catch (error) {
    return asError(error);
  } finally {
    clearTimeout(watchdog);
  }
}

/** `plan-format=light` (1.5 to 1.7) leaves all the apps out of deployment events. `Accept` must be exactly this, or Marathon answers 405. */
const REQUEST = {
  path: `/v2/events?plan-format=light&${EVENT_TYPES.map((type) => `event_type=${type}`).join('&')}`,
  headers: { accept: 'text/event-stream', 'cache-control': 'no-cache' },
};

/** The text of an event is not shown: an app definition may hold secrets. */
export function warnOnce(log: Logger): (length: number) => void {
  let warned = false;
  return (length) => {
    if (warned) return;
    warned = true;
    log.warn(
      `an event from Marathon is no JSON (${length} characters): it is ignored, and so are others like it without a further word`,
    );
  };
}
