import { UsageError } from '../../config/usage-error.ts';

/** `run sse`, `run poll`, `run event CALLBACK`. */
export type Mode =
  | { readonly kind: 'sse' }
  | { readonly kind: 'poll' }
  | { readonly kind: 'event'; readonly callbackUrl: string; readonly listen: string };

/** Reads the words behind `run`; `listen`: the value of `--listening`. Throws `UsageError`. */
export function readMode(word: string | undefined, callback: string | undefined, listen: string | undefined): Mode {
  if (word !== 'event') {
    if (callback !== undefined) throw new UsageError(`run ${word}: '${callback}' is too much; only event has a callback`);
    if (listen !== undefined) throw new UsageError('option --listening is for the mode event only');
  }
  switch (word) {
    case undefined:
    case 'sse':
      return { kind: 'sse' };
    case 'poll':
      return { kind: 'poll' };
    case 'event':
      return readEvent(callback, listen);
    default:
      throw new UsageError(`unknown mode '${word}'; modes are sse, poll and event`);
  }
}

/** 1.15 took `address:port` as well. */
function readEvent(callback: string | undefined, listen: string | undefined): Mode {
  if (callback === undefined)
    throw new UsageError('run event: the address that Marathon is to call is missing, such as lb.example.com:8080');
  const callbackUrl = /^https?:\/\//.test(callback) ? callback : `http://${callback}`;
  const url = URL.canParse(callbackUrl) ? new URL(callbackUrl) : undefined;
  if (url === undefined || url.hostname === '')
    throw new UsageError(`run event: '${callback}' is neither a URL nor of the form address:port`);
  if (listen !== undefined) return { kind: 'event', callbackUrl, listen };
  if (url.port === '')
    throw new UsageError(`run event: '${callback}' has no port; add one, or tell with --listening where to listen`);
  return { kind: 'event', callbackUrl, listen: `http://0.0.0.0:${url.port}` };
}
