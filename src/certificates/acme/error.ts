/** Why an ACME server could not be used, or did not issue a certificate. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError';
  readonly code = 'acme';
  readonly kind: AcmeFault;
  /** The server's own word: `rateLimited`, `dns`, `unauthorized`; undefined if it gave none. */
  readonly type: string | undefined;
  /** Milliseconds that the server wants to pass before the next try. */
  readonly retryAfter: number | undefined;

  constructor(kind: AcmeFault, detail: string, more: AcmeErrorOptions = {}) {
    super(detail, more.cause === undefined ? {} : { cause: more.cause });
    this.kind = kind;
    this.type = more.type;
    this.retryAfter = more.retryAfter;
  }
}

/** `server`: no order can go on, whatever its host. `order`: this one failed. */
export type AcmeFault = 'server' | 'order';

interface AcmeErrorOptions {
  readonly type?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** Returns an error for what an ACME server calls a problem (RFC 7807); undefined if the value is none. */
export function problemError(value: unknown, retryAfter?: number): AcmeError | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, detail } = value as { readonly type?: unknown; readonly detail?: unknown };
  if (typeof type !== 'string') return undefined;
  const word = shown(type.replace(/^urn:ietf:params:acme:error:/, ''), 60);
  return new AcmeError(
    SERVER_FAULTS.has(word) ? 'server' : 'order',
    shown(typeof detail === 'string' ? detail : 'no detail', 500),
    {
      type: word,
      retryAfter,
    },
  );
}

/** Of the account or the server: the next host would fare no better. */
const SERVER_FAULTS: ReadonlySet<string> = new Set([
  'accountDoesNotExist',
  'badNonce',
  'badSignatureAlgorithm',
  'externalAccountRequired',
  'serverInternal',
  'userActionRequired',
]);

/** Answers of servers quote pages of strangers: one line of printable text. */
export function shown(text: string, most: number): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
