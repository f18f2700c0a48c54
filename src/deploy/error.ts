/** Why a deploy ended other than well: the exit statuses of 1.15 (compatibility.md, section 13), and one for what it did not have. */
export const exitStatus = {
  declined: 1,
  unknown: 2,
  arguments: 3,
  'missing-field': 4,
  'load-balancer': 5,
  marathon: 6,
  create: 7,
  delete: 8,
  scale: 9,
  'rolled-back': 10,
} as const;

export type DeployErrorCode = keyof typeof exitStatus;

/** The deploy stopped. What is in Marathon stays as it is; the message says why and how to go on. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
  readonly code: DeployErrorCode;
  /** `--resume` may bring it further. */
  readonly retryable: boolean;

  constructor(code: DeployErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
