import { pipeline, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import type { Collector } from './collect-json.ts';
import { parseJson } from '../../../lib/text/parse-json.ts';
import { MarathonError } from '../error.ts';
import { failureOf, one } from './request.ts';
import type { Exchange } from './request.ts';

/** What Marathon answered to `request`. */
export interface MarathonAnswer {
  /** Who answered, fit to be shown. */
  readonly url: string;
  readonly status: number;
  readonly headers: Exchange['headers'];
  readonly text: string;
}

/** A JSON value, or the error that says why Marathon gives none. */
export type JsonAnswer<T> = { readonly value: T; readonly refusal?: undefined } | { readonly refusal: MarathonError };

/** A stream of bytes without an end of its own: it throws a `MarathonError` if it breaks, and the signal's reason. */
export interface MarathonStream {
  readonly url: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends the iteration over `chunks` with this error. */
  destroy(error: Error): void;
}

export interface ReadLimits {
  /** Bytes, unpacked. */
  readonly maxBody: number;
  readonly signal: AbortSignal;
}

/** Reads an answer whole. Throws if it is not Marathon's own: then another endpoint may do better. */
export async function readText(answer: Exchange, limits: ReadLimits): Promise<MarathonAnswer> {
  const { url, status, headers } = answer;
  const text = await readBody(answer, limits);
  if (status < 200 || status >= 500 || status === 401 || status === 403 || (status >= 300 && status < 400))
    throw failureOfStatus(answer, text);
  if (status === 404 && (marathonMessage(text) ?? UNKNOWN_ROUTE).startsWith(UNKNOWN_ROUTE)) throw failureOfStatus(answer, text);
  return { url, status, headers, text };
}

/** Reads the JSON of an answer 200 with `collector`. */
export async function readJson<T>(answer: Exchange, collector: Collector<T>, limits: ReadLimits): Promise<JsonAnswer<T>> {
  const { url, status, headers } = answer;
  if (status !== 200) return { refusal: failureOfStatus(answer, (await readText(answer, limits)).text) };
  let size = 0;
  let last = '';
  let isHtml = false;
  try {
    await takePieces(answer, limits, (piece) => {
      if (size === 0) isHtml = /^\s*</.test(piece);
      size += piece.length;
      last = piece;
      collector.push(piece);
    });
    return { value: collector.end() };
  } catch (error) {
    if (error instanceof RangeError) throw tooCostly(url, error);
    if (!(error instanceof SyntaxError)) throw error;
    // Neither the error nor its text goes on: it quotes the answer, which holds the environment of apps.
    const type = `${one(headers['content-type']) ?? 'no content type'}, ${size} characters`;
    if (isHtml) {
      throw new MarathonError(
        'not-json',
        `${url} answers HTML (${type}) instead of JSON: check the URL and its base path in --marathon`,
        { status },
      );
    }
    if (!/[}\]]\s*$/.test(last) || /end of JSON|Unterminated|after (?:array|property)/.test(error.message)) {
      throw new MarathonError('truncated', `${url} answers JSON that ends too early or is broken (${type})`, { status });
    }
    throw new MarathonError(
      'not-json',
      `${url} answers what is no JSON (${type}): check the URL and its base path in --marathon`,
      { status },
    );
  }
}

/** Takes the stream of an answer 200; `head` limits what is read of any other answer. */
export async function readStream(
  answer: Exchange,
  { signal, head, maxBody }: ReadLimits & { head: AbortSignal },
): Promise<MarathonStream> {
  const { url, status, body } = answer;
  const type = one(answer.headers['content-type']) ?? 'no content type';
  if (status !== 200) throw failureOfStatus(answer, await readBody(answer, { signal: head, maxBody }));
  if (!type.startsWith('text/event-stream')) {
    body.destroy();
    body.once('error', () => {});
    throw new MarathonError(
      'no-events',
      `${url} answers ${type} instead of text/event-stream: check the URL in --marathon (Marathon has event streams from 0.9 on)`,
      { status },
    );
  }
  const packed = one(answer.headers['content-encoding']) === 'gzip';
  const source = packed ? body.pipe(createGunzip()) : body;
  if (packed) body.once('error', (error) => source.destroy(error));
  const stop = (): void => void source.destroy(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return {
    url,
    chunks: (async function* () {
      try {
        for await (const chunk of source) yield chunk as Uint8Array;
      } catch (error) {
        throw failureOf(error, url, signal);
      } finally {
        signal.removeEventListener('abort', stop);
        body.destroy();
      }
    })(),
    destroy: (error) => void source.destroy(error),
  };
}

/** From Marathon 1.6 on unknown routes are a 500 with this text, before a 404. */
const UNKNOWN_ROUTE = 'URI not found';

/** What an account must be allowed to do for a request. */
function rightFor({ method, path }: Exchange['asked']): string {
  const of = path.replace(/^\/v2\/apps|\?.*$/g, '');
  switch (method) {
    case 'GET':
      return 'read apps and events';
    case 'POST':
      return path.startsWith('/v2/tasks') ? 'kill tasks and scale apps' : 'create apps';
    case 'PUT':
    case 'PATCH':
      return `change the app ${of}`;
    case 'DELETE':
      return `delete the app ${of}`;
  }
}

function failureOfStatus({ asked, url, status, withheld }: Exchange, text: string): MarathonError {
  const message = marathonMessage(text);
  const said = message === undefined ? '' : `: ${message}`;
  if (status === 401) {
    const why = withheld
      ? 'credentials are not sent where a redirect leads, unless it is a configured endpoint or the leader over no weaker scheme'
      : 'check --auth-credentials, --marathon-auth-credential-file or --dcos-auth-credentials';
    return new MarathonError('unauthorized', `${url} answers 401, the credentials are missing or wrong${said}: ${why}`, {
      status,
    });
  }
  if (status === 403) {
    return new MarathonError(
      'forbidden',
      `${url} answers 403, the credentials do not allow this${said}: give the account the right to ${rightFor(asked)}`,
      { status },
    );
  }
  if (status === 404 || message?.startsWith(UNKNOWN_ROUTE) === true) {
    return new MarathonError(
      'not-found',
      `${url} answers ${status}, there is no such thing${said}: check the URL and its base path in --marathon`,
      { status },
    );
  }
  if (status >= 500) return new MarathonError('server-error', `${url} answers ${status}${said}`, { status });
  return new MarathonError('unexpected-status', `${url} answers ${status}${said}`, { status });
}

/** Bytes. */
const MOST_TEXT = 16 * 1024 * 1024;

/** Marathon's own word on an error: the `message` of a JSON body, as one line. */
export function marathonMessage(text: string): string | undefined {
  try {
    const message = (parseJson(text) as { message?: unknown } | null)?.message;
    return typeof message === 'string' ? message.replaceAll(/[\s\p{Cc}]+/gu, ' ').slice(0, 300) : undefined;
  } catch {
    return undefined;
  }
}

/** Of all that Marathon answers, only apps are many: those come in pieces. */
async function readBody(answer: Exchange, { maxBody, signal }: ReadLimits): Promise<string> {
  let text = '';
  await takePieces(answer, { maxBody: Math.min(maxBody, MOST_TEXT), signal }, (piece) => {
    text += piece;
  });
  return text;
}

/** Gives the text of a body, unpacked, to `take` as it comes in; what `take` throws ends it. */
async function takePieces(
  { url, headers, body }: Exchange,
  { maxBody, signal }: ReadLimits,
  take: (piece: string) => void,
): Promise<void> {
  const packed = one(headers['content-encoding']) === 'gzip';
  // `pipeline` takes errors along.
  const source: Readable = packed ? pipeline(body, createGunzip({ chunkSize: 65_536 }), () => {}) : body;
  // Unlike TextDecoder in its streaming mode, this keeps plain ASCII at a byte a character.
  const decoder = new StringDecoder('utf8');
  let size = 0;
  const takeText = (piece: string): void => {
    if (piece !== '') take(piece);
  };
  // Listening costs a third of the CPU of iterating: there are 500 chunks in the answer with 10,000 apps.
  source.on('data', (chunk: Buffer) => {
    size += chunk.length;
    try {
      if (size > maxBody) throw tooLarge(url, maxBody);
      takeText(decoder.write(chunk));
    } catch (error) {
      source.destroy(error instanceof RangeError ? tooCostly(url, error) : (error as Error));
    }
  });
  try {
    await finished(source);
    takeText(decoder.end());
  } catch (error) {
    const failure = failureOf(error, url, signal);
    if (!(failure instanceof MarathonError) || failure.code !== 'connection') throw failure;
    throw new MarathonError('truncated', `the answer of ${url} broke off after ${size} bytes, or cannot be unpacked`, {
      cause: error,
    });
  }
}

function tooCostly(url: string, { message }: RangeError): MarathonError {
  return new MarathonError('too-large', `the answer of ${url} costs too much memory to be read (${message}): is it Marathon's?`);
}

function tooLarge(url: string, maxBody: number): MarathonError {
  return new MarathonError('too-large', `the answer of ${url} is longer than ${maxBody} bytes: is it Marathon's?`);
}
