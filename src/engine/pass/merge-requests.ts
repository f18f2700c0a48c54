import type { PassRequest } from './pass.ts';
import type { Dirty } from '../snapshot/app-cache.ts';

/** One pass for two requests; it counts since the first. */
export function merged(first: PassRequest, second: PassRequest): PassRequest {
  return {
    since: first.since,
    cause: joined(first.cause, second.cause),
    dirty: united(first.dirty, second.dirty),
    retryRejected: first.retryRejected || second.retryRejected,
  };
}

/** More dirty apps than this are read all at once. */
const MAX_DIRTY = 20;

/** What is dirty for one or the other. */
export function united(some: Dirty, more: Dirty): Dirty {
  if (some === 'all' || more === 'all') return 'all';
  const both = new Set([...some, ...more]);
  return both.size > MAX_DIRTY ? 'all' : both;
}

/** Two causes in one line: the first, and how many came after it. */
export function joined(causes: string, cause: string): string {
  if (causes === cause || causes.endsWith(' more')) return causes.endsWith(' more') ? countUp(causes) : causes;
  return `${causes} and 1 more`;
}

function countUp(causes: string): string {
  return causes.replace(/(\d+) more$/, (_, count: string) => `${Number(count) + 1} more`);
}
