/** Traefik's regular expressions and what they are replaced by. */

/** A redirect of all paths of a host to the same path of another one. */
export interface HostRedirect {
  readonly host: string;
  readonly to: string;
}

/** Reads `^https?://www.example.com/(.*)` with `https://example.com/${1}`. Returns undefined if it is anything else. */
export function readHostRedirect(regex: string, replacement: string): HostRedirect | undefined {
  const [, written = ''] =
    /^\^(?:https?|https\?|\(\?:https\?\)|http\(\?:s\)\?):\/\/([^/()*+?[\]{}|^$]+)\/\(\.[*+]\)\$?$/.exec(regex) ?? [];
  const [, to = ''] = /^https?:\/\/([^/$]+)\/(?:\$1|\$\{1\})$/.exec(replacement) ?? [];
  const host = written.replaceAll('\\', '').toLowerCase();
  return host === '' || to === '' ? undefined : { host, to: to.toLowerCase() };
}

/** Returns a rule of REWRITE for a regular expression and its replacement, or, in a sentence, why there is none. */
export function toRewrite(regex: string, replacement: string): { readonly text: string } | { readonly fault: string } {
  if (!regex.startsWith('^'))
    return { fault: 'REWRITE takes regular expressions that begin with ^, this may match within a path' };
  if (/[;\s]/.test(regex + replacement)) return { fault: 'REWRITE takes no blanks and semicolons' };
  const path = replacement.replaceAll(
    /\$(?:\{([1-9])\}|([1-9])(?!\w))/g,
    (_, braced: string, bare: string) => `\\${braced ?? bare}`,
  );
  if (path.includes('$')) return { fault: 'REWRITE knows groups by number only, \\1 to \\9' };
  // Traefik leaves what comes after the match as it is; REWRITE replaces the whole path.
  const isWhole = /(?:\$|\.[*+]\)?)$/.test(regex);
  const groups = [...regex.replaceAll(/\\./g, '').matchAll(/\((?!\?)/g)].length;
  const match = isWhole ? regex : `${regex}(.*)`;
  const whole = isWhole ? path : `${path}\\${groups + 1}`;
  return { text: withSlash(match, whole) };
}

/** A group with the slash that a path begins with is not seen as one: the slash goes before the group. */
function withSlash(match: string, path: string): string {
  const [, first] = /^\\([1-9])/.exec(path) ?? [];
  const isOnlyGroup = first === '1' && /^[^(]*\(\/\.[*+]\)\$?$/.test(match);
  return isOnlyGroup ? `${match.replace('(/', '/(')} ${path.replaceAll('\\1', '/\\1')}` : `${match} ${path}`;
}

/** Returns a text for a regular expression that matches just that. */
export function wholly(text: string): string {
  return text.replaceAll(/[-./+*?()[\]{}|^$~]/g, (character) => (/[-/~]/.test(character) ? character : `\\${character}`));
}

/** Returns a pattern of VHOST for a host of Traefik's, in which `{name:regex}` stands for a part. */
export function hostPattern(text: string): string {
  const [, rest] = /^\{[^{}:]*:\.[*+]\}\.([\w.-]+)$/.exec(text) ?? [];
  if (rest !== undefined) return `*.${rest.toLowerCase()}`;
  return text.includes('{') ? `~^${withParts(text, '[^.]+')}$` : text.toLowerCase();
}

/** Returns a regular expression for a path of Traefik's, in which `{name:regex}` stands for a part. */
export function pathPattern(text: string, isWhole: boolean): string {
  return `^${withParts(text, '[^/]+')}${isWhole ? '$' : ''}`;
}

/** `any`: what stands for a part without a regular expression. */
function withParts(text: string, any: string): string {
  return text
    .split(/(\{(?:[^{}]|\{[^{}]*\})*\})/)
    .map((part, at) => {
      if (at % 2 === 0) return wholly(part);
      const [, regex = any] = /^\{[^:]*(?::(.*))?\}$/.exec(part) ?? [];
      return /[|]/.test(regex) ? `(?:${regex})` : regex;
    })
    .join('');
}
