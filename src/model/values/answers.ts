/** Values of labels about answers: `true`, `false`, or more than that. */
import { isLongerThan, parseDuration, secondsOf } from './duration.ts';
import { parseSize } from './limits-per-client.ts';
import type { Parsed } from './parsed.ts';

/** Reads MAINTENANCE: `true`, `false`, or the text that clients get. */
export function parseMaintenance(text: string): Parsed<string | false> {
  const told = text.trim();
  const isOn = booleanOf(told);
  if (isOn !== undefined) return { value: isOn ? 'true' : false };
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,1000}$/u.test(told)
    ? { value: told }
    : { must: 'must be true, false, or a text of at most 1000 characters in one line' };
}

/** Reads COMPRESS: `true`, `false`, or content types, separated by commas. */
export function parseCompression(text: string): Parsed<string | false> {
  const isOn = booleanOf(text.trim());
  if (isOn !== undefined) return { value: isOn ? 'true' : false };
  const types = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const isGood = types.length > 0 && types.length <= 30 && types.every((type) => /^[a-z]+\/[a-z0-9.+-]{1,80}$/.test(type));
  return isGood
    ? { value: types.join(',') }
    : { must: 'must be true, false, or content types such as text/html,application/json' };
}

/** How long answers are kept at most, and how much memory they may take. */
export interface CacheSize {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Reads CACHE: a time, and maybe a size in whole megabytes. The value is its text, `60s 8m`. */
export function parseCache(text: string): Parsed<string> {
  const [time = '', size = `${DEFAULT_MEGABYTES}m`, ...more] = text.trim().split(/\s+/);
  const duration = parseDuration(time);
  const bytes = parseSize(size);
  if (more.length > 0 || 'must' in duration || 'must' in bytes || isLongerThan('1s', duration.value)) return { must: CACHE };
  const megabytes = bytes.value / MEGABYTE;
  return Number.isInteger(megabytes) && megabytes <= MOST_MEGABYTES
    ? { value: `${duration.value} ${megabytes}m` }
    : { must: CACHE };
}

/** Returns what the value of CACHE says. */
export function cacheSize(value: string): CacheSize {
  const [time = '', size = ''] = value.split(' ');
  return { seconds: secondsOf(time), megabytes: Number.parseInt(size, 10) };
}

const DEFAULT_MEGABYTES = 4;
/** HAProxy takes up to 4095. */
const MOST_MEGABYTES = 1024;
export const MEGABYTE = 1024 * 1024;
const CACHE = 'must be a time of at least 1s, and maybe a size in whole megabytes up to 1024m, such as 60s or 60s 8m';

/** Reads ERROR_PAGES: the name of a folder. */
export function parseSetName(text: string): Parsed<string> {
  const name = text.trim();
  return isSetName(name)
    ? { value: name }
    : { must: 'must be a name of at most 64 letters, digits and ._- that begins with a letter or digit' };
}

/** Returns whether a folder of error pages can be named. */
export function isSetName(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,63}$/.test(name) && !name.includes('..');
}

/** Reads ACCESS_LOG. */
export function parseAccessLog(text: string): Parsed<'on' | 'off' | 'errors'> {
  const word = text.trim().toLowerCase();
  return word === 'on' || word === 'off' || word === 'errors' ? { value: word } : { must: 'must be on, off or errors' };
}

function booleanOf(word: string): boolean | undefined {
  if (/^(?:true|t|yes|y)$/i.test(word)) return true;
  return /^(?:false|f|no|n)$/i.test(word) ? false : undefined;
}
