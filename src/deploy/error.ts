import type { MessageRow } from '../lib/message-row.ts';

/** Why a deploy did not succeed, with its exit statuses: those of 1.15, and one for what 1.15 did not have. */
export const deployErrorRows = {
  declined: {
    status: 1,
    meaning: 'A question was answered with no, the hook failed, or the deploy was interrupted (then the old app may be back)',
    advice: 'Give the command again with --resume',
  },
  unknown: {
    status: 2,
    meaning: 'An error that has no other status',
    advice: 'Read the message; report it with its stack',
  },
  arguments: {
    status: 3,
    meaning: 'The arguments are wrong, or do not fit what is in Marathon',
    advice: 'Correct the arguments, or delete the apps that the message names',
  },
  'missing-field': {
    status: 4,
    meaning: 'The app definition, or an app of the group, lacks a field',
    advice: 'Add the field that the message names',
  },
  'load-balancer': {
    status: 5,
    meaning: 'A load balancer does not answer, or does not serve what it should',
    advice: 'Check --marathon-lb and the load balancers, then give the command again with --resume',
  },
  marathon: {
    status: 6,
    meaning: 'Marathon cannot be reached',
    advice: 'Check --marathon, then give the command again with --resume',
  },
  create: {
    status: 7,
    meaning: 'The new app could not be created, or its tasks did not start',
    advice: 'Look at the new app in Marathon; delete it, or give the command again with --resume',
  },
  delete: {
    status: 8,
    meaning: 'An app could not be deleted',
    advice: 'Give the command again with --resume',
  },
  scale: {
    status: 9,
    meaning: 'An app could not be scaled, or its tasks did not start or end',
    advice: 'Look at the deployments of the app in Marathon, then give the command again with --resume',
  },
  'rolled-back': {
    status: 10,
    meaning: 'The canary was worse, or no task of the group was UP; the old app is back',
    advice: 'Look at the tasks of the new version',
  },
} as const satisfies Record<string, MessageRow & { readonly status: number }>;

export type DeployErrorCode = keyof typeof deployErrorRows;

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
