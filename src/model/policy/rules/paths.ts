import { type PathType, withoutSlash } from '../../values/path-types.ts';
import { ignoresCase, pathsIn } from '../../values/paths.ts';
import { literalStart } from '../../values/rules/regex.ts';
import type { PolicyRule } from './policy.ts';

/** The paths of requests that one word of the label PATH matches: those that begin with it, those equal to it or below it, those equal to it; or a set that is not known. */
export interface ClaimedPath {
  readonly kind: 'begin' | 'prefix' | 'exact' | 'unknown';
  readonly path: string;
}

/** Returns what a PATH of this type takes; without a PATH, every request. */
export function claimedPaths(path: string | undefined, type?: PathType): readonly ClaimedPath[] {
  if (path === undefined) return [{ kind: 'begin', path: '/' }];
  // No path of a rule has letters of both cases.
  if (ignoresCase(path)) return pathsIn(path).map((each) => ({ kind: 'unknown', path: each }));
  return pathsIn(path).map((each) => claimOf(each, type, METHOD.exec(path)?.[1] ?? 'beg'));
}

const METHOD = /^(?:-n )*-m (\w+) /;

/** `method`: that of the flag `-m`, which goes with no type. */
function claimOf(path: string, type: PathType, method: string): ClaimedPath {
  switch (type) {
    case undefined:
      if (method === 'str') return { kind: 'exact', path };
      return { kind: method === 'beg' ? 'begin' : 'unknown', path };
    case 'prefix':
      return { kind: 'prefix', path: withoutSlash(path) };
    case 'exact':
      return { kind: 'exact', path };
    case 'regex':
      return path.includes('|') ? { kind: 'unknown', path } : { kind: 'begin', path: literalStart(path) };
    default:
      return type satisfies never;
  }
}

/** Returns whether a rule has all requests that a path takes. */
export function allowsPath({ paths }: Pick<PolicyRule, 'paths'>, { kind, path }: ClaimedPath): boolean {
  if (paths === undefined) return true;
  return paths.some((allowed) => {
    if (allowed === '/' || allowed === '/*') return true;
    if (kind === 'unknown') return false;
    if (allowed.endsWith('*')) return path.startsWith(allowed.slice(0, -1));
    // What begins with `/a` can be `/ab` too.
    return path.startsWith(`${allowed}/`) || (kind !== 'begin' && path === allowed);
  });
}
