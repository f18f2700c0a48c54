/** Values of the labels for CORS. */
import { isHostName } from './hosts.ts';
import type { Parsed } from '../parsed.ts';

/** Reads CORS_ORIGINS: `https://a.example.com`, `*.example.com` (any scheme and port), or only `*`. */
export function parseOrigins(text: string): Parsed<string> {
  const items = listOf(text).map((item) => item.toLowerCase());
  const isGood = items.length === 1 && items[0] === '*' ? true : items.length > 0 && items.every(isOrigin);
  return isGood && items.length <= MOST ? { value: [...new Set(items)].join(',') } : { must: ORIGINS };
}

/** Returns the regular expression of an item of CORS_ORIGINS that is no plain origin. Returns undefined if it is one. */
export function originPattern(item: string): string | undefined {
  const [, scheme = 'https?://', any, host = ''] = /^(https?:\/\/)?(\*\.)?(.*)$/.exec(item) ?? [];
  if (any === undefined && item.includes('://')) return undefined;
  const port = /:\d+$/.test(host) ? '' : '(:[0-9]+)?';
  return `^${scheme}${any === undefined ? '' : '([a-z0-9_-]+\\.)+'}${host.replaceAll('.', '\\.')}${port}$`;
}

/** Reads CORS_METHODS. */
export function parseMethods(text: string): Parsed<string> {
  const items = listOf(text).map((item) => item.toUpperCase());
  const isGood = items.length > 0 && items.length <= MOST && items.every((item) => /^[A-Z][A-Z-]{0,30}$/.test(item));
  return isGood ? { value: items.join(',') } : { must: 'must be methods such as GET,PUT, separated by commas' };
}

/** Reads CORS_HEADERS. */
export function parseHeaderNames(text: string): Parsed<string> {
  const items = listOf(text);
  const isGood = items.length > 0 && items.length <= MOST && items.every((item) => /^[\w-]{1,100}$/.test(item));
  return isGood
    ? { value: items.join(',') }
    : { must: 'must be names of headers such as Content-Type,X-Token, separated by commas' };
}

const MOST = 50;

const ORIGINS = `must be at most ${MOST} origins such as https://shop.example.com or *.example.com, separated by commas, or only *`;

function listOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function isOrigin(item: string): boolean {
  const [, host = '', port = '1'] = /^(?:https?:\/\/)?(?:\*\.)?([^:*/]+)(?::(\d{1,5}))?$/.exec(item) ?? [];
  return isHostName(host) && Number(port) >= 1 && Number(port) <= 65_535;
}
