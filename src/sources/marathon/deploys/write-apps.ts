/** Changes apps in Marathon, each change with one request. */
import { MarathonError } from '../error.ts';
import type { MarathonClient, MarathonRequest } from '../http/client.ts';
import { marathonMessage } from '../http/response.ts';
import type { AppJson } from './definition-json.ts';

export type WriteClient = Pick<MarathonClient, 'request'>;

export type AppChange =
  | { readonly kind: 'create'; readonly app: AppJson }
  | { readonly kind: 'scale'; readonly app: string; readonly to: number; readonly force?: boolean | undefined }
  /** Ends tasks, and scales the app down by as many. */
  | { readonly kind: 'kill'; readonly tasks: readonly string[]; readonly force?: boolean | undefined }
  | { readonly kind: 'delete'; readonly app: string; readonly force?: boolean | undefined };

/** What came of a change. */
export type Written =
  | { readonly kind: 'done' }
  /** Nothing was changed, but may be later: the app is locked, or there are too many deployments. */
  | { readonly kind: 'locked'; readonly why: string }
  /** There is an app of this id: maybe one's own, of a create whose answer was lost. */
  | { readonly kind: 'exists'; readonly why: string }
  /** It may have taken effect: look before it is tried again. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Marathon refuses a change for good: nothing was changed. */
export interface WriteRefused {
  readonly kind: 'refused';
  readonly why: string;
  readonly cause?: MarathonError;
}

/** Makes a change, once. Throws the signal's reason. */
export async function writeApp(client: WriteClient, change: AppChange, signal: AbortSignal): Promise<Written | WriteRefused> {
  const asked = requestOf(change);
  const what = `${asked.method} ${asked.path.replace(/\?.*/, '')}`;
  try {
    const { status, text } = await client.request(asked, signal);
    if (status < 300) return { kind: 'done' };
    const why = `Marathon answers ${status} to ${what}: ${marathonMessage(text) ?? 'no reason given'}${validationDetails(text)}`;
    if (status === 409) return text.includes('already exists') ? { kind: 'exists', why } : { kind: 'locked', why };
    // The app to delete or to scale is gone: the next look shows it.
    if (status === 404) return { kind: 'unknown', why };
    if (status === 429 || status === 408) return { kind: 'locked', why };
    return { kind: 'refused', why: `${why}; nothing was changed by this step` };
  } catch (error) {
    if (signal.aborted || !(error instanceof MarathonError)) throw error;
    const refusal = refusalOf(error);
    if (refusal !== undefined) return { kind: 'refused', why: `${what}: ${refusal.message}`, cause: error };
    return { kind: 'unknown', why: `${what}: ${error.message}` };
  }
}

function requestOf(change: AppChange): MarathonRequest {
  switch (change.kind) {
    case 'create':
      return { method: 'POST', path: '/v2/apps', body: change.app };
    case 'scale':
      return { method: 'PUT', path: pathOf(change), body: { instances: change.to } };
    case 'kill':
      return {
        method: 'POST',
        path: `/v2/tasks/delete?scale=true&force=${change.force === true}`,
        body: { ids: change.tasks },
      };
    case 'delete':
      return { method: 'DELETE', path: pathOf(change) };
  }
}

function pathOf({ app, force }: { readonly app: string; readonly force?: boolean | undefined }): string {
  return `/v2/apps/${app.replace(/^\//, '').split('/').map(encodeURIComponent).join('/')}?force=${force === true}`;
}

/** Returns the error if rights are missing, which lasts. Too many running deployments (403 from Marathon 1.6 on) pass. */
function refusalOf(error: MarathonError): MarathonError | undefined {
  const causes =
    'failures' in error ? (error.failures as readonly { readonly error: MarathonError }[]).map((each) => each.error) : [error];
  return causes.find(
    ({ code, message }) => code === 'unauthorized' || (code === 'forbidden' && !/running deployments/.test(message)),
  );
}

/** Validation errors name the fields. */
function validationDetails(text: string): string {
  try {
    const { details } = JSON.parse(text) as { details?: unknown };
    return details === undefined ? '' : ` ${JSON.stringify(details).slice(0, 500)}`;
  } catch {
    return '';
  }
}
