/** A mistake on the command line or in the environment, which its user can fix there; ends with exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
  readonly retryable = false;
}

/** HAProxy is missing, or of a version that the program does not work with. */
export class HaproxyUnfit extends UsageError {}

/** The mistake is in an environment variable, which the message names. */
export class VariableError extends UsageError {}
