import { fileURLToPath } from 'node:url';
import type { Caller } from './format.ts';

/** Returns from where `logged` (the logger's own method) was called; undefined if the stack does not show it. */
export function callerOf(logged: (...args: never[]) => unknown): Caller | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, logged);
  const frame = holder.stack?.split('\n').find((line) => /^\s+at /.test(line));
  const found = /^\s+at (?:(.+?) \()?(.+?):(\d+):\d+\)?$/.exec(frame ?? '');
  if (!found?.[2]) return undefined;
  const [, func = '<module>', place] = found;
  return {
    path: place.startsWith('file:') ? fileURLToPath(place) : place,
    line: Number(found[3]),
    func: func.replace(/^async /, ''),
  };
}
