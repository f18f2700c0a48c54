import type { MarathonClient } from '../../marathon/http/client.ts';
import { marathonMessage } from '../../marathon/http/response.ts';
import { MarathonError } from '../../marathon/error.ts';
import { DeployError } from '../error.ts';
import type { Write } from '../types.ts';

/** What came of a write. */
export type Written =
  | { readonly kind: 'done' }
  /** Nothing was changed, but may be later: the app is locked, or there are too many deployments. */
  | { readonly kind: 'locked'; readonly why: string }
  /** There is an app of this id: maybe one's own, of a create whose answer was lost. */
  | { readonly kind: 'exists'; readonly why: string }
  /** It may have taken effect: look before it is tried again. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Does a step in Marathon, once. Throws a `DeployError` where Marathon refuses it for good. */
export function write(client: Pick<MarathonClient, 'request'>, step: Write, signal: AbortSignal): Promise<Written> {
  switch (step.kind) {
    case 'scale':
      return ask(client, { method: 'PUT', path: pathOf(step), body: { instances: step.to } }, 'scale', signal);
    case 'kill':
      return ask(
        client,
        {
          method: 'POST',
          path: `/v2/tasks/delete?scale=true&force=${step.force === true}`,
          body: { ids: step.tasks },
        },
        'scale',
        signal,
      );
    case 'delete':
      return ask(client, { method: 'DELETE', path: pathOf(step) }, 'delete', signal);
  }
}

/** Creates an app, once. Throws a `DeployError` (`create`) where Marathon refuses it for good. */
export async function create(client: Pick<MarathonClient, 'request'>, app: object, signal: AbortSignal): Promise<Written> {
  return ask(client, { method: 'POST', path: '/v2/apps', body: app }, 'create', signal);
}

type Asked = Parameters<MarathonClient['request']>[0];

async function ask(
  client: Pick<MarathonClient, 'request'>,
  asked: Asked,
  code: 'create' | 'scale' | 'delete',
  signal: AbortSignal,
): Promise<Written> {
  const what = `${asked.method} ${asked.path.replace(/\?.*/, '')}`;
  try {
    const { status, text } = await client.request(asked, signal);
    if (status < 300) return { kind: 'done' };
    const why = `Marathon answers ${status} to ${what}: ${marathonMessage(text) ?? 'no reason given'}${detailsOf(text)}`;
    if (status === 409) return text.includes('already exists') ? { kind: 'exists', why } : { kind: 'locked', why };
    // The app to delete or to scale is gone: the next look shows it.
    if (status === 404) return { kind: 'unknown', why };
    if (status === 429 || status === 408) return { kind: 'locked', why };
    throw new DeployError(code, `${why}; nothing was changed by this step`);
  } catch (error) {
    if (signal.aborted || !(error instanceof MarathonError)) throw error;
    const refusal = refusalOf(error);
    if (refusal !== undefined) throw new DeployError(code, `${what}: ${refusal.message}`, { cause: error });
    return { kind: 'unknown', why: `${what}: ${error.message}` };
  }
}

/** The rights are missing, which does not pass by itself. Too many running deployments (403 from Marathon 1.6 on) do. */
function refusalOf(error: MarathonError): MarathonError | undefined {
  const causes =
    'failures' in error ? (error.failures as readonly { readonly error: MarathonError }[]).map((each) => each.error) : [error];
  return causes.find(
    ({ code, message }) => code === 'unauthorized' || (code === 'forbidden' && !/running deployments/.test(message)),
  );
}

/** Validation errors name the fields. */
function detailsOf(text: string): string {
  try {
    const { details } = JSON.parse(text) as { details?: unknown };
    return details === undefined ? '' : ` ${JSON.stringify(details).slice(0, 500)}`;
  } catch {
    return '';
  }
}

function pathOf({ app, force }: Extract<Write, { readonly kind: 'scale' | 'delete' }>): string {
  return `/v2/apps/${app.replace(/^\//, '').split('/').map(encodeURIComponent).join('/')}?force=${force === true}`;
}
