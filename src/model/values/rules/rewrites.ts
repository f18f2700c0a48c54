import type { Parsed } from '../parsed.ts';
import { readRegex } from './regex.ts';
import { parseRules, type ReadRule, type Rules, splitRules } from './rules.ts';

/** A path that matches is replaced. */
export interface Rewrite {
  readonly match: string;
  readonly path: string;
}

/** Reads REWRITE: rules of a regular expression and the path in its place, in which `\1` is the first group. */
export function parseRewrites(text: string): Parsed<Rules<Rewrite>> {
  return parseRules(splitRules(text), 20, readRewrite);
}

function readRewrite(text: string): ReadRule<Rewrite> {
  const [match = '', path = '', ...rest] = text.split(/\s+/);
  if (path === '' || rest.length > 0) return { must: 'must have rules of two words, such as ^/v1/(.*) /\\1' };
  const regex = readRegex(match);
  if ('fault' in regex)
    return { must: `must have regular expressions that are quick to match: ${match.slice(0, 100)} ${regex.fault}` };
  if (!PATH.test(path)) return { must: PLACE };
  const most = Math.max(0, ...Array.from(path.matchAll(/\\(\d)/g), ([, digit]) => Number(digit)));
  if (most > regex.groups) return { must: `must have a group ( ) for \\${most}` };
  return { rule: { match, path }, text: `${match} ${path}` };
}

const PATH = /^\/(?:[A-Za-z0-9._~!&()*+,=:@/-]|%[0-9A-Fa-f]{2}|\\[1-9]){0,500}$/;

const PLACE = 'must have a path in its place that begins with a slash, of letters, digits, %XX, \\1 to \\9 and ._~!&()*+,=:@/-';
