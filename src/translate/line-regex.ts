/**
 * Regular expressions on whole lines, as `reqrep` and its family had them in HAProxy 1.x: they were tried on the request line (`GET /path HTTP/1.1`)
 * and on each header line (`Name: value`), and the replacement was the whole new line. Only forms that can match one kind of line are read.
 */

/** What an expression is about. */
export type LineRegex = RequestLineRegex | HeaderRegex;

export interface RequestLineRegex {
  readonly kind: 'request-line';
  /** Methods it asks for; empty: any. */
  readonly methods: readonly string[];
  /** Whether group 1 is the method. */
  readonly isMethodCaptured: boolean;
  /** For the path with its query, anchored at its start. */
  readonly path: string;
  /** How the line's end (` HTTP/1.1`) gets into the replacement: `tail`, by the last group, which takes all; `version`, by a group or words of its own; `none`, not at all. */
  readonly end: 'tail' | 'version' | 'none';
}

export interface HeaderRegex {
  readonly kind: 'header';
  readonly name: string;
  /** Whether the name may go on behind these letters (`^X-For`). */
  readonly isNameOpen: boolean;
  /** For the header's value; undefined: any. */
  readonly value: string | undefined;
  /** Blanks between colon and value belong to the value. */
  readonly isBlankInValue: boolean;
}

/** Returns what an expression is about; undefined if it can match both kinds of lines, or its kind cannot be told. */
export function readLineRegex(regex: string): LineRegex | undefined {
  // A reference or a nested start would change its meaning when it is cut.
  if (/\\[0-9]/.test(regex) || hasOpenAlternative(regex)) return undefined;
  return readRequestLine(regex) ?? readHeader(regex);
}

/** Forms of "any method": no blank and no colon in it, so that a header's line cannot match. */
const ANY_METHOD = String.raw`\[\^\\?[ :][\\ :]*\][*+]|\[A-Z\][*+]|\[a-zA-Z\][*+]|\\w[*+]|\\S[*+]|\[\^\\s\][*+]`;
const METHODS = String.raw`[A-Z]+(?:\|[A-Z]+)*`;
const REQUEST_LINE = new RegExp(
  String.raw`^\^(?:(?<group>\((?<inGroup>${ANY_METHOD}|${METHODS})\))|(?<any>${ANY_METHOD})|(?<one>[A-Z]+)|\(\?:(?<several>${METHODS})\))(?: |\\ |\\s)[+]?(?<rest>.*)$`,
);
const VERSION = /(?: |\\ |\\s)(?:HTTP\/(?:1\\?\.[01]|1\\?\.\[01\]|\.\*|1\\?\.\.|\(\.\*\))|\(HTTP\/[^()]*\)|HTTP.*|\(\.\*\))\$?$/;

/** Takes all of a path: there is no blank in it. */
const NO_BLANK = /\[\^(?:\\? |\\s)\]/g;
const METHOD_AND_MORE = new RegExp(String.raw`^\^\((?<method>${ANY_METHOD})(?<blank> |\\ |\\s)(?<more>\/[\w/-]*)\)(?<rest>.*)$`);

/** Returns the words of a rule with `^([^\ ]*)\ /…` in the place of `^([^\ ]*\ /)…`, where group 1 is the method and the begin of the path. */
export function withMethodAlone(words: readonly string[]): readonly string[] {
  const [name = '', regex = '', text = '', ...others] = words;
  const groups = METHOD_AND_MORE.exec(regex)?.groups;
  if (groups === undefined) return words;
  const { method = '', blank = '', more = '', rest = '' } = groups;
  // A mark of how often would be that of the group.
  if (/^[*+?{]/.test(rest) || text.includes('\\1', 2)) return words;
  const modern = text.startsWith('\\1') ? `\\1 ${more}${text.slice(2)}` : text;
  return [name, `^(${method})${blank}${more}${rest}`, ...(words.length > 2 ? [modern] : []), ...others];
}

/** Returns how many groups an expression has that text can name. */
export function groupsOf(regex: string): number {
  return [...regex.replaceAll(/\\.|\[[^\]]*\]/g, '').matchAll(/\((?!\?)/g)].length;
}

function readRequestLine(regex: string): RequestLineRegex | undefined {
  const groups = REQUEST_LINE.exec(regex)?.groups;
  if (groups === undefined) return undefined;
  const { group, inGroup, one, several, rest = '' } = groups;
  // `([^ ]*)` without the colon could match a header's name with its colon: `Host: /x` is no URI of a browser.
  const named = one ?? several ?? (inGroup !== undefined && new RegExp(`^(?:${METHODS})$`).test(inGroup) ? inGroup : undefined);
  const methods = named?.split('|') ?? [];
  const version = VERSION.exec(rest);
  const written = version === null ? rest.replace(/\$$/, '') : `${rest.slice(0, version.index)}$`;
  const path = written.replaceAll(NO_BLANK, '[^ ]');
  if (/ |\\ |\\s/.test(path.replaceAll('[^ ]', '')) || path.startsWith('^')) return undefined;
  const end = version !== null ? 'version' : path.endsWith('(.*)') ? 'tail' : 'none';
  // An end of the line right behind the path cannot be: the version stands there.
  if (version === null && rest.endsWith('$') && end === 'none' && !rest.endsWith('.*$')) return undefined;
  return { kind: 'request-line', methods, isMethodCaptured: group !== undefined, path: `^${path}`, end };
}

const HEADER = /^\^(?<name>[A-Za-z0-9_-]+|\((?<grouped>[A-Za-z0-9_-]+)\))(?<rest>.*)$/;

function readHeader(regex: string): HeaderRegex | undefined {
  const groups = HEADER.exec(regex)?.groups;
  if (groups === undefined || groups['grouped'] !== undefined) return undefined;
  const { name = '', rest = '' } = groups;
  if (rest === '') return { kind: 'header', name, isNameOpen: true, value: undefined, isBlankInValue: false };
  const colon = /^(?<open>\.\*|\[\^:\]\*|\\w\*)?:(?<blank>(?: |\\ |\\s|\[ \]|\[\\ \])[*+?]?)?(?<value>.*)$/.exec(rest)?.groups;
  if (colon === undefined) return undefined;
  const { open, blank, value = '' } = colon;
  const isAny = value === '' || /^(?:\.\*|\.\+)?\$?$/.test(value);
  if (!isAny && blank === undefined && !/^\(?\.[*+]/.test(value)) return undefined;
  return {
    kind: 'header',
    name,
    isNameOpen: open !== undefined,
    value: isAny ? undefined : `^${value.replace(/^\^/, '')}`,
    isBlankInValue: blank === undefined,
  };
}

/** Returns whether a `|` stands outside of all groups and classes: the halves are expressions of their own. */
function hasOpenAlternative(regex: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < regex.length; at += 1) {
    const char = regex[at];
    if (char === '\\') at += 1;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}
