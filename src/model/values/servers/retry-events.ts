import type { Parsed } from '../parsed.ts';

/** Reads RETRY_ON: after what a request is sent again, separated by commas. All of it is known to HAProxy 2.6. */
export function parseRetryEvents(text: string): Parsed<string> {
  const words = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const isGood = words.length > 0 && words.every((word) => EVENTS.has(word));
  return isGood ? { value: [...new Set(words)].join(',') } : { must: `must be words of ${[...EVENTS].join(', ')}` };
}

const EVENTS: ReadonlySet<string> = new Set([
  'conn-failure',
  'empty-response',
  'junk-response',
  'response-timeout',
  '401',
  '403',
  '404',
  '408',
  '425',
  '500',
  '501',
  '502',
  '503',
  '504',
]);
