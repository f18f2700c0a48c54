/** How much one client, or one request, may ask for. */
import { isLongerThan, parseDuration } from './duration.ts';
import type { Parsed } from './parsed.ts';

/** Reads RATE_LIMIT: a number of requests and a time, `100/10s`. */
export function parseRate(text: string): Parsed<string> {
  const [, count = '', time = ''] = /^\s*(\d{1,7})\s*\/\s*(\S+)\s*$/.exec(text) ?? [];
  // `100/m` is one minute.
  const parsed = parseDuration(/^[smh]$/.test(time) ? `1${time}` : time);
  if (Number(count) < 1 || 'must' in parsed || isLongerThan('1s', parsed.value) || isLongerThan(parsed.value, '1h'))
    return { must: RATE };
  return { value: `${Number(count)}/${parsed.value}` };
}

const RATE = 'must be a number of requests and a time from 1s to 1h, such as 100/10s';

/** Reads MAX_BODY: bytes, or a number with `k`, `m` or `g`; the value is in bytes. */
export function parseSize(text: string): Parsed<number> {
  const [, digits = '', unit = ''] = /^\s*(\d{1,10})\s?([kmg]?)b?\s*$/i.exec(text) ?? [];
  const bytes = Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
  return digits !== '' && bytes >= 1 && bytes <= 1024 ** 4
    ? { value: bytes }
    : { must: 'must be a size such as 10k, 10m or 1g, of at most 1024g' };
}
