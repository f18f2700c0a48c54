/** Why `marathon-lb run` does not start: what the operator can fix; ends with exit status 1 (usage errors of the command line: 2). */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';
  readonly code = 'container';
  readonly retryable = false;
}
