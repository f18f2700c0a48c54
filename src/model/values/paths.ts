/** Paths of requests: in ACLs, in regular expressions and in answers. */
import type { Parsed } from './parsed.ts';

/**
 * Reads PATH: paths separated by blanks, after the flags that an ACL may have (configuration manual, section 7.1): `-i`, `-n`, `--` and
 * `-m` with a method that compares texts. `-f` and `-M` would make HAProxy read a file, `-u` give the ACL the number of another.
 * The value is empty if no path of them can match.
 */
export function parsePaths(text: string): Parsed<string> {
  const words = text.split(/[ \t]+/).filter(Boolean);
  const flags = flagsOf(words);
  if (flags === undefined) return { must: NO_FLAG };
  const paths = words.slice(flags.length);
  if (!paths.every((path) => PATH.test(path))) return { must: MUST };
  const method = flags[flags.indexOf('-m') + 1] ?? '';
  const needsSlash = !flags.includes('-m') || method === 'beg' || method === 'str';
  const lost = needsSlash ? paths.filter((path) => !path.startsWith('/')) : [];
  if (lost.length === 0 && paths.length > 0) return { value: words.join(' ') };
  const kept = paths.filter((path) => !lost.includes(path));
  const detail =
    lost.length === 0
      ? 'has flags only, and no path'
      : `has ${lost.slice(0, 5).join(', ').slice(0, 200)}, which no path begins with`;
  const effect = kept.length === 0 ? ': no request for the hosts of the service can match, they are not served' : '';
  return {
    value: kept.length === 0 ? '' : [...flags, ...kept].join(' '),
    faults: [{ detail: detail + effect, fix: `begin it with a slash: /${lost[0]?.slice(0, 200) ?? 'api'}` }],
  };
}

/** Returns whether the paths of a PATH label match in any case of letters. */
export function ignoresCase(paths: string): boolean {
  return flagsOf(paths.split(' '))?.includes('-i') ?? false;
}

/** Returns the paths of a PATH label without the flags before them. */
export function pathsIn(paths: string): readonly string[] {
  const words = paths.split(' ');
  return words.slice(flagsOf(words)?.length ?? 0);
}

/** Reads HTTP_BACKEND_PROXYPASS_PATH: it stands at the beginning of a regular expression, so it has nothing that would loop there. */
export function parseCutPath(text: string): Parsed<string | undefined> {
  const path = text.trim();
  if (!SIMPLE.test(path)) return { must: ONE };
  if (path.startsWith('/')) return { value: path };
  return {
    value: undefined,
    faults: [
      {
        detail: `has no effect: no path begins with ${path.slice(0, 200)}`,
        fix: `begin it with a slash: /${path.slice(0, 200)}`,
      },
    ],
  };
}

/** Reads HTTP_BACKEND_REVPROXY_PATH: HAProxy reads it as a format, in which `%` is not a character like others. */
export function parseRootPath(text: string): Parsed<string> {
  const path = text.trim();
  return SIMPLE.test(path) && !path.includes('%') ? { value: path } : { must: `${ONE}, without %` };
}

/** Reads HTTP_BACKEND_REDIR: a path, or a URL, with a query if need be. */
export function parseTarget(text: string): Parsed<string> {
  const target = text.trim();
  return TARGET.test(target) ? { value: target } : { must: `${ONE}, or a URL, without %` };
}

const NO_FLAG = 'must not begin with a flag for HAProxy other than -i, -n, -m and --: it would read files of its machine';
const MUST = 'must be paths such as /api, separated by blanks, of letters, digits, %XX and ._~!&()*+,;=:@/-';
const ONE = 'must be a path such as /app, of letters, digits, %XX and ._~!&,;=:@/-';

const PATH = /^(?:[A-Za-z0-9._~!&()*+,;=:@/-]|%[0-9A-Fa-f]{2})+$/;
const SIMPLE = /^(?:[A-Za-z0-9._~!&,;=:@/-]|%[0-9A-Fa-f]{2})+$/;
const TARGET = /^(?:https?:\/\/)?[A-Za-z0-9._~!&,;=:@/?+-]+$/i;

/** The flags before the first pattern; undefined: one that an app must not give. */
function flagsOf(words: readonly string[]): readonly string[] | undefined {
  let at = 0;
  while (words[at]?.startsWith('-') && words[at] !== '--') {
    const isMethod = words[at] === '-m';
    if (isMethod ? !METHODS.has(words[at + 1] ?? '') : !FLAGS.has(words[at] ?? '')) return undefined;
    at += isMethod ? 2 : 1;
  }
  return words.slice(0, words[at] === '--' ? at + 1 : at);
}

const FLAGS: ReadonlySet<string> = new Set(['-i', '-n']);

/** Regular expressions are not among them: one that loops would stop HAProxy. */
const METHODS: ReadonlySet<string> = new Set(['beg', 'dir', 'dom', 'end', 'str', 'sub']);
