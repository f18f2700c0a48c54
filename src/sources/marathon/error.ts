import type { MessageRow } from '../../lib/message-row.ts';
import { SourceError } from '../source.ts';

/** Why Marathon could not be asked. */
export const marathonErrorRows = {
  timeout: {
    meaning: 'Marathon did not answer in full in time',
    advice: 'Check the load of Marathon and the network',
  },
  connect: {
    meaning: 'No connection to Marathon',
    advice: 'Check the address in --marathon, the network and whether Marathon runs',
  },
  connection: {
    meaning: 'The connection to Marathon broke during a request',
    advice: 'Nothing, if it happens once; the request is repeated',
  },
  tls: {
    meaning: 'TLS with Marathon failed',
    advice: 'Follow the message: most often --marathon-ca-cert is missing',
  },
  'ca-unreadable': {
    meaning: 'The file of --marathon-ca-cert cannot be read or has no certificate',
    advice: 'Correct the option or the file',
  },
  unauthorized: {
    meaning: 'Marathon answers 401: credentials are missing or wrong',
    advice: 'Check --marathon-auth-credential-file or the login of DC/OS',
  },
  forbidden: {
    meaning: 'Marathon answers 403: the credentials do not suffice',
    advice: 'Give the user the right to read all apps, and the event stream',
  },
  'not-found': {
    meaning: 'Marathon answers 404',
    advice: 'Check the path in --marathon; for one app: it was deleted meanwhile',
  },
  'server-error': {
    meaning: 'Marathon answers 5xx: it has no leader, starts, or has a fault',
    advice: 'Wait for it; look at its log',
  },
  'unexpected-status': {
    meaning: 'Marathon answers with a status that has no meaning for the request',
    advice: 'Check that --marathon names Marathon and not another program',
  },
  'unexpected-answer': {
    meaning: 'The answer is JSON, but not what Marathon sends',
    advice: 'Check that --marathon names Marathon and not another program',
  },
  'not-json': {
    meaning: 'The answer is not JSON, for instance the HTML of a login page',
    advice: 'Check the base path in --marathon, and the login',
  },
  truncated: {
    meaning: 'The answer ended too early',
    advice: 'Nothing, if it happens once. If it persists, look at the proxy in front of Marathon',
  },
  'too-large': {
    meaning: 'The answer is longer than this program accepts',
    advice: 'Check that --marathon names Marathon and not another program',
  },
  redirect: {
    meaning: 'Marathon redirects to a place that is not followed',
    advice: "Name Marathon's own URL in --marathon",
  },
  login: {
    meaning: 'The login of DC/OS failed',
    advice: 'Follow the message: it names the file, the URL or the answer',
  },
  'stream-ended': {
    meaning: 'Marathon ended the event stream; it is opened again, and everything is read again',
    advice: 'Nothing: it happens at a change of leader',
  },
  'stream-silent': {
    meaning: 'The event stream gave no sign of life for too long; it is opened again, and everything is read again',
    advice: 'If it persists, look at the proxy in front of Marathon',
  },
  'no-events': {
    meaning: 'The answer to the request for events is not an event stream',
    advice: 'Check the base path in --marathon, and the proxy in front of Marathon',
  },
  'no-callbacks': {
    meaning: 'This Marathon has no callbacks (they were removed in 1.5)',
    advice: 'Use --sse',
  },
  listen: {
    meaning: 'The address for callbacks (--listening) cannot be used',
    advice: 'Name another address or port',
  },
  unreachable: {
    meaning: 'No endpoint of Marathon gave a usable answer. HAProxy goes on with what it has',
    advice: 'Read the reasons in the message, one for each endpoint',
  },
} as const satisfies Record<string, MessageRow>;

/** The closed set: no code matches on the message. */
export type MarathonErrorCode = keyof typeof marathonErrorRows;

/** One failure of one endpoint. The message names what was asked and how to fix it; it never holds a secret. */
export class MarathonError extends SourceError {
  readonly code: MarathonErrorCode;
  readonly retryable: boolean;
  /** HTTP status, if there was an answer. */
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
  override readonly isUnreachable = true;
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

/** Returns whether an error may pass soon: a leader may be about to be elected, a connection may have broken. */
export function mayPass(error: unknown): boolean {
  const failures = error instanceof MarathonUnreachable ? error.failures.map((failure) => failure.error) : [error];
  return failures.some((each) => each instanceof MarathonError && PASSING.has(each.code));
}

const PASSING: ReadonlySet<MarathonErrorCode> = new Set(['server-error', 'timeout', 'connection', 'truncated']);
const LASTING: ReadonlySet<MarathonErrorCode> = new Set(['ca-unreadable', 'no-callbacks', 'listen']);
