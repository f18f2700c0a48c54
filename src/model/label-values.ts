/** What the values of labels may be: one parser for each type of the labels table. */
import type { ServiceDefinition } from './service.ts';

/** The value, or what the text must be like: "must be a port from 1 to 65535". */
export type Parsed<T> = { readonly value: T } | { readonly must: string };

export function parseText(text: string): Parsed<string> {
  return { value: text };
}

/**
 * Words that HAProxy reads as arguments of an ACL: of the flags before the first pattern (configuration manual, section 7.1) `-i`, `-n`,
 * `-m` and `--` are fine; `-f` and `-M` would make it read a file of its machine, `-u` give the ACL the number of another.
 */
export function parsePatterns(text: string): Parsed<string> {
  const words = wordsOf(text);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === '--' || !MAY_BE_FLAG.test(word)) break;
    if (word === '-m') at += 1;
    else if (word !== '-i' && word !== '-n') return { must: NO_FLAG };
  }
  return { value: text };
}

/** Words of which each begins an ACL of its own. */
export function parseEachPattern(text: string): Parsed<string> {
  const bad = wordsOf(text).some((word) => 'must' in parsePatterns(word));
  return bad ? { must: NO_FLAG } : { value: text };
}

const NO_FLAG = 'must not begin with a flag for HAProxy other than -i, -n, -m and --: it would read files of its machine';

/** A variable may be empty, or have a default (`"${X-…}"`), so that a flag comes of what follows it. */
const MAY_BE_FLAG = /^(?:-|\$.*-)/;

/** As HAProxy sees them: quotes and backslashes do not hide what a word begins with. */
function wordsOf(text: string): readonly string[] {
  return text.split(/[,\s]+/).flatMap((word) => word.replaceAll(/["'\\]/g, '') || []);
}

/** `true`, `t`, `yes`, `y` in any case are true; all else is false (1.15). */
export function parseBoolean(text: string): Parsed<boolean> {
  return { value: /^(?:true|t|yes|y)$/i.test(text.trim()) };
}

export function parsePort(text: string): Parsed<number> {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? { value: port } : { must: 'must be a port from 1 to 65535' };
}

export function parseInteger(text: string): Parsed<number> {
  return /^\s*[+-]?\d{1,9}\s*$/.test(text) ? { value: Number(text) } : { must: 'must be a whole number' };
}

export function parseMode(text: string): Parsed<'http' | 'tcp'> {
  const mode = text.trim().toLowerCase();
  return mode === 'http' || mode === 'tcp' ? { value: mode } : { must: 'must be http or tcp' };
}

/** `realm:user:encrypted-password`; the password may hold colons. */
export function parseAuth(text: string): Parsed<ServiceDefinition['auth']> {
  const [realm, user, ...rest] = text.split(':');
  const password = rest.join(':');
  if (!realm || !user || !password) return { must: 'must be realm:user:encrypted-password' };
  // The realm stands in quotes in a frontend that others share: what follows a quote would be a condition of its own.
  if (/["\\]/.test(realm)) return { must: 'must have a realm without double quotes and backslashes' };
  return { value: { realm, user, password } };
}
