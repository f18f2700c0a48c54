/** How the paths of PATH are compared (PATH_TYPE). */
import type { Parsed } from './parsed.ts';
import { ignoresCase, parsePaths, pathsIn } from './paths.ts';
import { readRegex } from './rules/regex.ts';

/** Undefined: a path is the beginning of those of requests, as in 1.15. */
export type PathType = 'prefix' | 'exact' | 'regex' | undefined;

/** Reads PATH_TYPE. */
export function parsePathType(text: string): Parsed<PathType> {
  const word = text.trim().toLowerCase();
  if (word === 'begin') return { value: undefined };
  return word === 'prefix' || word === 'exact' || word === 'regex'
    ? { value: word }
    : { must: 'must be begin, prefix, exact or regex' };
}

/** Reads PATH as regular expressions, separated by blanks; `-i` before them: in any case of letters. */
export function parsePathPatterns(text: string): Parsed<string> {
  const words = text.split(/[ \t]+/).filter(Boolean);
  const patterns = words[0] === '-i' ? words.slice(1) : words;
  if (patterns.length === 0 || patterns.length > MOST)
    return { must: `must have 1 to ${MOST} regular expressions, separated by blanks` };
  for (const pattern of patterns) {
    const regex = readRegex(pattern);
    if ('fault' in regex)
      return { must: `must have regular expressions that are quick to match: ${pattern.slice(0, 100)} ${regex.fault}` };
  }
  return { value: words.join(' ') };
}

/** Reads PATH as it is for this type. */
export function parsePathsAs(type: PathType, text: string): Parsed<string> {
  if (type === 'regex') return parsePathPatterns(text);
  const parsed = parsePaths(text);
  if (type === undefined || 'must' in parsed) return parsed;
  const words = parsed.value.split(' ');
  if (words.includes('-m')) return { must: `must be without -m, as PATH_TYPE is ${type}` };
  return words.length > MOST ? { must: `must have at most ${MOST} paths if PATH_TYPE is ${type}` } : parsed;
}

const MOST = 100;

/** Returns the words of an ACL about the path of a request: flags and patterns, after the sample `path`. */
export function pathWords(path: string, type: PathType): string {
  if (type === undefined) return path;
  const flags = ignoresCase(path) ? '-i ' : '';
  const patterns = pathsIn(path);
  if (type === 'exact') return `${flags}-m str ${patterns.join(' ')}`;
  return `${flags}-m reg ${(type === 'regex' ? patterns : patterns.map(below)).join(' ')}`;
}

/** Returns a regular expression for a path and what is below it. */
function below(path: string): string {
  return `^${withoutSlash(path).replace(/[.()*+]/g, '[$&]')}(/.*)?$`;
}

/** Returns a path without slashes at its end. */
export function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

/** Returns which paths these are, as the object of a sentence. */
export function describePaths(path: string | undefined, type: PathType): string {
  if (path === undefined) return 'all paths';
  switch (type) {
    case undefined:
      return `paths that begin with ${path}`;
    case 'prefix':
      return `${path} and all below`;
    case 'exact':
      return `only the path ${path}`;
    case 'regex':
      return `paths that match ${path}`;
    default:
      return type satisfies never;
  }
}
