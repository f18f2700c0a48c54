/** How HAProxy checks the tasks of a service. */
import { isHostName } from '../network/hosts.ts';
import type { Parsed } from '../parsed.ts';

/** Reads CHECK_PATH. */
export function parseCheckPath(text: string): Parsed<string> {
  const path = text.trim();
  return PATH.test(path) ? { value: path } : { must: 'must be a path such as /health, of letters, digits, %XX and ._~=&?:@+/-' };
}

const PATH = /^\/(?:[\w/.~=&?:@+-]|%[0-9A-Fa-f]{2}){0,500}$/;

/** Reads CHECK_HOST: a host name, with a port if need be. */
export function parseCheckHost(text: string): Parsed<string> {
  const host = text.trim().toLowerCase();
  const [, name = '', port = '1'] = /^([^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  const isGood = isHostName(name) && Number(port) >= 1 && Number(port) <= 65_535;
  return isGood ? { value: host } : { must: 'must be a host name such as shop.example.com' };
}

/** Reads CHECK_STATUS: status codes and ranges of them, separated by commas. */
export function parseStatuses(text: string): Parsed<string> {
  const items = text.split(/[\s,]+/).filter(Boolean);
  const isGood = items.length > 0 && items.length <= 20 && items.every(isStatusRange);
  return isGood ? { value: items.join(',') } : { must: 'must be status codes such as 200 or 200-399, separated by commas' };
}

function isStatusRange(item: string): boolean {
  const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(item) ?? [];
  return from !== '' && from <= to;
}

/** Reads CHECK_RISE and CHECK_FALL. */
export function parseChecks(text: string): Parsed<number> {
  const number = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 100 ? { value: number } : { must: 'must be a whole number from 1 to 100' };
}
