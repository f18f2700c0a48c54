import type { Parsed } from './parsed.ts';

/** Reads a time with its unit. A number alone is refused: HAProxy would read milliseconds, most people mean seconds. */
export function parseDuration(text: string): Parsed<string> {
  const duration = text.trim();
  const [, digits = '', unit = ''] = /^(\d{1,10})(ms|s|m|h|d)$/.exec(duration) ?? [];
  const milliseconds = Number(digits) * (UNITS[unit] ?? 0);
  return milliseconds >= 1 && milliseconds <= MOST ? { value: duration } : { must: MUST };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** HAProxy refuses longer ones. */
const MOST = 2_147_483_647;

const MUST = 'must be a time with a unit, such as 500ms, 30s, 5m or 1h, of more than 0 and at most 24d';
