import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MarathonSettings } from '../../../config/settings.ts';
import type { Logger } from '../../../log/logger.ts';
import { createBackoff } from '../../../lib/async/backoff.ts';
import { changesOf } from './event-types.ts';
import type { MarathonClient } from '../http/client.ts';
import { readDocuments } from './decode.ts';
import { shown } from '../http/endpoint.ts';
import { MarathonError, MarathonUnreachable } from '../error.ts';
import type { SourceEvent } from '../../source.ts';
import { warnOnce } from './sse.ts';
import type { EventsOptions } from './sse.ts';
import { createQueue } from './queue.ts';
import type { EventQueue } from './queue.ts';
import { parseJson, shareOfHeap, TEXT_SHARE } from '../../../lib/text/parse-json.ts';
import { asError, systemCode } from '../../../lib/errors.ts';

export interface CallbacksOptions extends Omit<EventsOptions, 'idleTimeout'> {
  /** URL whose host and port are listened on (`--listening`). */
  readonly listen: string;
  /** URL that Marathon calls (`--callback-url`). */
  readonly callbackUrl: string;
  /** Milliseconds between looks whether Marathon still has the subscription. */
  readonly checkInterval?: number;
  /** Told the port once it is listened on. */
  readonly listening?: (port: number) => void;
}

/**
 * The events of a Marathon up to 1.4 that calls back (event mode): like `events`, but throws a `MarathonError` (`no-callbacks`, `listen`) where
 * that can never work. The subscription is made at the start, renewed when it is lost, and taken back at the end.
 */
export async function* callbacks(
  client: Pick<MarathonClient, 'request'>,
  settings: Pick<MarathonSettings, 'maxBackoff'>,
  options: CallbacksOptions,
): AsyncGenerator<SourceEvent, void> {
  const { signal, log, now = () => performance.now() } = options;
  if (signal.aborted) return;
  const queue = createQueue();
  const server = await listen(options.listen, receiver(queue, now, log));
  const address = server.address();
  if (typeof address === 'object' && address !== null) options.listening?.(address.port);
  const stop = new AbortController();
  const follow = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  const subscribed = keepSubscribed(queue, client, settings, { ...options, signal: stop.signal });
  try {
    yield* queue;
  } finally {
    signal.removeEventListener('abort', follow);
    stop.abort();
    await subscribed;
    server.close();
    server.closeAllConnections();
  }
}

async function keepSubscribed(
  queue: EventQueue,
  client: Pick<MarathonClient, 'request'>,
  { maxBackoff }: Pick<MarathonSettings, 'maxBackoff'>,
  options: CallbacksOptions,
): Promise<void> {
  const { signal, log, callbackUrl, checkInterval = 5000, now = () => performance.now(), random = Math.random } = options;
  const backoff = createBackoff(maxBackoff, { now, random });
  let subscribed = false;
  try {
    while (!signal.aborted) {
      let wait = checkInterval;
      try {
        if (!subscribed || !(await isSubscribed(client, callbackUrl, signal))) {
          if (subscribed) log.warn(`Marathon lost the subscription of ${shown(callbackUrl)}: it is made again`);
          const url = await subscribe(client, callbackUrl, signal);
          subscribed = true;
          queue.push({ kind: 'opened', url });
        }
        backoff.healthy();
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof MarathonError && error.code === 'no-callbacks') return queue.end(error);
        wait = backoff.next();
        queue.push({ kind: 'lost', error: asError(error), retryInMs: wait });
      }
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
    if (subscribed) await unsubscribe(client, callbackUrl, log);
  } finally {
    queue.end();
  }
}

async function subscribe(client: Pick<MarathonClient, 'request'>, callbackUrl: string, signal: AbortSignal): Promise<string> {
  const answer = await ask(client, 'POST', `?callbackUrl=${encodeURIComponent(callbackUrl)}`, signal);
  return answer.url;
}

async function isSubscribed(client: Pick<MarathonClient, 'request'>, callbackUrl: string, signal: AbortSignal): Promise<boolean> {
  const { url, text } = await ask(client, 'GET', '', signal);
  try {
    const { callbackUrls } = parseJson(text) as { callbackUrls?: unknown };
    if (Array.isArray(callbackUrls)) return callbackUrls.includes(callbackUrl);
  } catch {
    // Said below.
  }
  throw new MarathonError('unexpected-answer', `${url} answers without a list of callbackUrls`);
}

/** Best effort: the program is on its way out, and Marathon may be gone. */
async function unsubscribe(client: Pick<MarathonClient, 'request'>, callbackUrl: string, log: Logger): Promise<void> {
  try {
    await ask(client, 'DELETE', `?callbackUrl=${encodeURIComponent(callbackUrl)}`, AbortSignal.timeout(UNSUBSCRIBE_TIMEOUT));
  } catch (error) {
    log.warn(
      `the subscription of ${shown(callbackUrl)} could not be taken back: Marathon will go on calling it (${String(error)})`,
    );
  }
}

/** Milliseconds. */
const UNSUBSCRIBE_TIMEOUT = 5000;

async function ask(
  client: Pick<MarathonClient, 'request'>,
  method: 'GET' | 'POST' | 'DELETE',
  query: string,
  signal: AbortSignal,
) {
  try {
    const answer = await client.request({ method, path: `/v2/eventSubscriptions${query}` }, signal);
    if (answer.status === 200) return answer;
    if (answer.status === 400 || answer.status === 404 || answer.status === 405) throw noCallbacks(answer.url, answer.status);
    throw new MarathonError('unexpected-status', `${answer.url} answers ${answer.status} to ${method}: check --callback-url`, {
      status: answer.status,
    });
  } catch (error) {
    const unknown =
      error instanceof MarathonUnreachable ? error.failures.find((failure) => failure.error.code === 'not-found') : undefined;
    if (unknown === undefined) throw error;
    throw noCallbacks(unknown.url, unknown.error.status);
  }
}

/** Marathon 1.5 removed callbacks; before, Marathon must run with `--event_subscriber http_callback`. */
function noCallbacks(url: string, status: number | undefined): MarathonError {
  return new MarathonError(
    'no-callbacks',
    `Marathon does not call back (${url} answers ${status}): use --sse instead of --listening; only Marathon up to 1.4 with --event_subscriber http_callback can`,
    { status },
  );
}

async function listen(url: string, handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const { hostname, port, protocol } = new URL(url);
  const server = createServer(handler);
  try {
    server.listen({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    });
    await once(server, 'listening');
    return server;
  } catch (error) {
    const code = systemCode(error) ?? String(error);
    throw new MarathonError('listen', `cannot listen on ${shown(url)} (${code}): name another address with --listening`, {
      cause: error,
    });
  }
}

/** Answers at once: Marathon waits 10 s at most, and skips events of a slow subscriber. Anybody may call: all requests together have a bound. */
function receiver(
  queue: EventQueue,
  now: () => number,
  log: Logger,
): (request: IncomingMessage, response: ServerResponse) => void {
  const unreadable = warnOnce(log);
  const most = Math.min(MAX_BODY, shareOfHeap(TEXT_SHARE));
  let held = 0;
  return (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const at = now();
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      held += chunk.length;
      if (held <= most) chunks.push(chunk);
      else request.destroy();
    });
    request.on('error', () => {});
    request.once('close', () => (held -= size));
    request.on('end', () => {
      response.writeHead(200).end();
      readDocuments(Buffer.concat(chunks).toString('utf8'), {
        document: (event) => {
          for (const change of changesOf(event, at)) queue.push(change);
        },
        unreadable,
      });
    });
  };
}

/** Bytes. */
const MAX_BODY = 256 * 1024 * 1024;
