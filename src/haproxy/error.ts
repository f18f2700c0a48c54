import type { MessageRow } from '../lib/message-row.ts';

/** The errors between this program and HAProxy, its files and its reload command. */
export const haproxyErrorRows = {
  'haproxy-missing': {
    meaning: 'HAProxy itself cannot be run: there is no such program, or it is no program',
    advice: 'Install HAProxy 2.6 or later, or name it with --haproxy-binary',
  },
  'start-failed': {
    meaning: 'HAProxy does not start with its configuration',
    advice: 'Read the lines of HAProxy in the message; haproxy -c -f FILE prints them again',
  },
  'check-failed': {
    meaning:
      'The check of a new configuration (haproxy -c) did not come to an end; HAProxy goes on with the configuration that it has',
    advice: 'Nothing: the next pass checks again. If it persists, run the command of the message by hand',
  },
  'files-unreadable': {
    meaning: 'A file of the configuration exists but cannot be read',
    advice: 'Give the user of this program the right to read it',
  },
  'files-unwritable': {
    meaning: 'A file or a folder cannot be written: no permission, or the disk is full',
    advice: 'Make room, or give the user of this program the right to write there',
  },
  'command-malformed': {
    meaning: 'The reload command (--command) has an open quote or a backslash at its end',
    advice: 'Correct the option',
  },
  'command-missing': {
    meaning: 'The reload command cannot be run: there is no such program, or it is not executable',
    advice: 'Correct --command',
  },
  'reload-failed': {
    meaning: 'The reload command failed. HAProxy goes on with the configuration that it has; the next pass reloads again',
    advice: 'Read the last lines of the command in the message',
  },
  'reload-refused': {
    meaning: 'HAProxy was told to reload and did not come up with the new configuration; the next pass reloads again',
    advice: "Read HAProxy's own log",
  },
  'unsafe-word': {
    meaning:
      'A text would change the meaning of a command at the runtime socket (a blank, a semicolon, a line break); the command was not sent',
    advice: 'Report it: names of services and servers never contain these',
  },
  'config-locked': {
    meaning: 'Another process of this program writes the same configuration file',
    advice: 'Stop the other process, or give each of them its own --haproxy-config',
  },
  'port-taken': {
    meaning: 'Another program, or another HAProxy, listens on a shared port of the load balancer',
    advice: 'Stop it, or choose another port; `--command` says that HAProxy is reloaded by you, and only warns',
  },
  'state-locked': {
    meaning: 'Another process of this program keeps its state in the same folder',
    advice: 'Stop the other process, or give each of them its own `--state-dir`',
  },
  'socket-unreachable': {
    meaning: "HAProxy's runtime socket does not exist or does not accept a connection; changes need a reload until it does",
    advice: 'Check that HAProxy runs, and that the stats socket of HAPROXY_HEAD is one that this program may open',
  },
  'socket-silent': {
    meaning: "HAProxy's runtime socket was opened but gave no complete answer in time",
    advice: 'Nothing, if it happens once. If it persists, HAProxy hangs: restart it',
  },
} as const satisfies Record<string, MessageRow>;

/** The closed set: no code matches on `message`. */
export type HaproxyErrorCode = keyof typeof haproxyErrorRows;

/** `message` says what, where and how to fix it; `retryable`: the same step may succeed later without a change. */
export class HaproxyError extends Error {
  override readonly name = 'HaproxyError';
  readonly code: HaproxyErrorCode;
  readonly retryable: boolean;

  constructor(code: HaproxyErrorCode, message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** Runs work on a socket. Returns a refusal if the socket does not answer or a word cannot be sent. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | { readonly kind: 'refused'; readonly reason: string }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HaproxyError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}
