/** Why Marathon could not be asked: the closed set, nobody matches on the message. */
export type MarathonErrorCode =
  | 'timeout'
  | 'connect'
  | 'connection'
  | 'tls'
  | 'ca-unreadable'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'server-error'
  | 'unexpected-status'
  | 'unexpected-answer'
  | 'not-json'
  | 'truncated'
  | 'too-large'
  | 'redirect'
  | 'login'
  | 'stream-ended'
  | 'stream-silent'
  | 'no-events'
  | 'no-callbacks'
  | 'listen'
  | 'unreachable';

/** One failure of one endpoint. The message names what was asked and how to mend it; it never holds a secret. */
export class MarathonError extends Error {
  readonly code: MarathonErrorCode;
  /** The same may succeed later, or at another endpoint, without anybody changing a setting. */
  readonly retryable: boolean;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(code: MarathonErrorCode, message: string, options: { cause?: unknown; status?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MarathonError';
    this.code = code;
    this.retryable = !LASTING.has(code);
    this.status = options.status;
  }
}

/** No endpoint gave an answer that can be used; `failures` are in the order in which they were asked. */
export class MarathonUnreachable extends MarathonError {
  readonly failures: readonly EndpointFailure[];

  constructor(failures: readonly EndpointFailure[]) {
    const each = failures
      .map(({ url, error: { message } }) => (message.includes(url) ? message : `${url}: ${message}`))
      .join('; ');
    // They may well have been reached: 401 and HTML are answers.
    const who = failures.length === 1 ? 'Marathon gives no usable answer' : 'no Marathon endpoint gives a usable answer';
    super('unreachable', `${who}: ${each}`, { cause: failures[0]?.error });
    this.name = 'MarathonUnreachable';
    this.failures = failures;
  }
}

export interface EndpointFailure {
  /** The endpoint, without userinfo. */
  readonly url: string;
  readonly error: MarathonError;
}

const LASTING: ReadonlySet<MarathonErrorCode> = new Set(['ca-unreadable', 'no-callbacks', 'listen']);
