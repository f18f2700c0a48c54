/** What can go wrong between this program and HAProxy, its files and its reload command; nobody matches on `message`. */
export type HaproxyErrorCode =
  | 'haproxy-missing'
  | 'start-failed'
  | 'check-failed'
  | 'files-unreadable'
  | 'files-unwritable'
  | 'command-malformed'
  | 'command-missing'
  /** The command failed: what HAProxy runs was not touched. */
  | 'reload-failed'
  /** HAProxy was told to reload and did not come up with the new configuration. */
  | 'reload-refused'
  | 'unsafe-word'
  /** Another process writes the configuration file. */
  | 'config-locked'
  | 'socket-unreachable'
  /** It was opened, and no answer came, or none that ended. */
  | 'socket-silent';

/** `message` says what, where and how to mend it; `retryable`: the same step may go well later without anybody's help. */
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

/** The `code` of a system error (`ENOENT`), undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof HaproxyError || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
