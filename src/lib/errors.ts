/** Returns the message of what was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Returns what was thrown as an error, with itself as the cause if it is none. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** Returns the code of an error of the system, of TLS or of HTTP (`ENOENT`, `CERT_HAS_EXPIRED`); undefined for anything else: our own codes are small letters. */
export function systemCode(error: unknown): string | undefined {
  if (!hasCode(error)) return undefined;
  return typeof error.code === 'string' && /^[A-Z]/.test(error.code) ? error.code : undefined;
}

/** Returns whether an error has a code: it was foreseen, and its message says what to do. */
export function hasCode(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && 'code' in error;
}
