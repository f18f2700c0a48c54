import { type AppChange, type WriteClient, writeApp, type Written } from '../../sources/marathon/deploys/write-apps.ts';
import { DeployError } from '../error.ts';
import type { Write } from '../types.ts';

export type { WriteClient, Written } from '../../sources/marathon/deploys/write-apps.ts';

/** Does a step in Marathon, once. Throws a `DeployError` if Marathon refuses it for good. */
export async function write(client: WriteClient, step: Write, signal: AbortSignal): Promise<Written> {
  return change(client, step, step.kind === 'delete' ? 'delete' : 'scale', signal);
}

/** Creates an app, once. Throws a `DeployError` (`create`) if Marathon refuses it for good. */
export async function create(client: WriteClient, app: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Written> {
  return change(client, { kind: 'create', app }, 'create', signal);
}

async function change(
  client: WriteClient,
  asked: AppChange,
  code: 'create' | 'scale' | 'delete',
  signal: AbortSignal,
): Promise<Written> {
  const written = await writeApp(client, asked, signal);
  if (written.kind !== 'refused') return written;
  throw new DeployError(code, written.why, written.cause === undefined ? {} : { cause: written.cause });
}
