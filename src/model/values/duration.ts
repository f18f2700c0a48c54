import type { Parsed } from './parsed.ts';

/** Reads a time with its unit. A number alone is refused: HAProxy would read milliseconds, most people mean seconds. */
export function parseDuration(text: string): Parsed<string> {
  const duration = text.trim();
  const milliseconds = millisecondsOf(duration);
  return milliseconds >= 1 && milliseconds <= MOST ? { value: duration } : { must: MUST };
}

/** Returns whether a time is longer than another one. */
export function isLongerThan(duration: string, other: string): boolean {
  return millisecondsOf(duration) > millisecondsOf(other);
}

/** Returns a time in whole seconds, at least one. */
export function secondsOf(duration: string): number {
  return Math.max(1, Math.round(millisecondsOf(duration) / 1000));
}

/** Returns a time in milliseconds. */
export function millisecondsOf(duration: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,10})(ms|s|m|h|d)$/.exec(duration) ?? [];
  return Number(digits) * (UNITS[unit] ?? 0);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** HAProxy refuses longer ones. */
const MOST = 2_147_483_647;

const MUST = 'must be a time with a unit, such as 500ms, 30s, 5m or 1h, of more than 0 and at most 24d';
