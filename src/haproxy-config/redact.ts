/**
 * Hides what configuration lines keep secret, for the log, the history and refusals: passwords of userlists and of the statistics page,
 * values of headers, cookies, parameters and variables, credentials in checks and addresses, keys. A value is hidden unless it is known to
 * be harmless, up to the end of the line. `lua/getconfig.lua` does the same if this program does not run.
 */
export function redact(text: string): string {
  return text.split('\n').map(redactLine).join('\n');
}

/** Headers whose values are no secret, in small letters; `*` at the end stands for any rest. */
export const HARMLESS_HEADERS: readonly string[] = [
  'accept*',
  'access-control-*',
  'age',
  'cache-control',
  'connection',
  'content-*',
  'cross-origin-*',
  'expires',
  'host',
  'location',
  'origin',
  'permissions-policy',
  'pragma',
  'referer',
  'referrer-policy',
  'server',
  'strict-transport-security',
  'te',
  'transfer-encoding',
  'upgrade*',
  'user-agent',
  'vary',
  'via',
  'x-content-type-options',
  'x-forwarded-*',
  'x-frame-options',
  'x-haproxy*',
  'x-marathon-app-id',
  'x-real-ip',
  'x-request-id',
  'x-xss-protection',
];

/** A longer line is hidden but for its first word: it is data, and reading it costs time. */
export const LONGEST_LINE = 2000;

const HIDDEN = '[redacted]';

/** A word as HAProxy reads it (configuration manual, section 2.2), and where it stands. */
interface Token {
  /** Without quotes and escapes, in small letters. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** The text in quotes, if that is the whole word. */
  readonly quoted?: string | undefined;
}

function redactLine(line: string): string {
  if (line.length > LONGEST_LINE) {
    return `${/^[ \t+-]*[\w.-]{0,40}/.exec(line)?.[0] ?? ''} ${HIDDEN} (${line.length} characters)`;
  }
  return cut(line, 0).replaceAll(/:\/\/[^/\s@:]*:[^/\s@]*@/g, `://${HIDDEN}@`);
}

/** Ends the line before its first secret. `depth`: how many quotes the text stands in. */
function cut(line: string, depth: number): string {
  const tokens = tokensOf(line);
  for (const [at, token] of tokens.entries()) {
    const end = secretAfter(tokens, at, line);
    if (end !== undefined && end < line.trimEnd().length) return line.slice(0, end) + HIDDEN;
    if (token.quoted !== undefined && depth < 3 && /\s/.test(token.quoted)) {
      const inner = cut(token.quoted, depth + 1);
      if (inner !== token.quoted) return `${line.slice(0, token.start + 1)}${inner}`;
    }
  }
  return line;
}

/** Returns where the secret begins that a word announces. Returns undefined if it announces none. */
function secretAfter(tokens: readonly Token[], at: number, line: string): number | undefined {
  const token = tokens[at] as Token;
  const { word } = token;
  const before = tokens[at - 1]?.word ?? '';
  const next = tokens[at + 1];
  const value = tokens[at + 2];
  if (/^(?:insecure-)?password$/.test(word) && tokens.slice(0, at).some((each) => each.word === 'user')) return next?.start;
  if (word === 'auth' && before === 'stats' && next)
    return next.start + 1 + Math.max(line.slice(next.start, next.end).indexOf(':'), -1);
  if (NAMED.test(word) && next) return isHarmless(next.word) ? undefined : value?.start;
  if (/^(?:pre)?setenv$/.test(word) || word === 'set-param') return value?.start;
  if (word === 'dynamic-cookie-key') return next?.start;
  if (/^send(?:-lf|-binary|-binary-lf)?$/.test(before) && tokens[at - 2]?.word === 'tcp-check') return token.start;
  if (word.startsWith('set-var-fmt(')) return next?.start;
  if (word.startsWith('set-var(') && tokens.slice(at + 1).some((each) => each.word.includes('str('))) return next?.start;
  const sample = SAMPLE.exec(word);
  if (sample && next && !isHarmless(sample[1] ?? '')) return next.start;
  const marks = [KEYED, PARAMETER, HEADER_TEXT].flatMap((mark) => mark.exec(line.slice(token.start, token.end)) ?? []);
  const marked = marks.length === 0 ? undefined : Math.min(...marks.map((mark) => line.indexOf(mark, token.start) + mark.length));
  if (marked !== undefined) return marked;
  return word.includes('authorization') ? next?.start : undefined;
}

/** Words whose next word is the name of a header, and the one after it the value. */
const NAMED = /^(?:(?:set|add|replace)-header|replace-value|hdr)$/;

/** A sample by name, compared with what follows it: `hdr(X-Key)`, `req.cook(id)`, `url_param(token)`. */
const SAMPLE = /(?:^|[.,[{])(?:f?hdr|s?cook|urlp|url_param|body_param)\w*\(([^),]*)/;

/** Functions that are given a key. */
const KEYED = /(?:hmac|aes_\w+|jwt_verify\w*)\(/i;

/** A parameter of a URL, or a name that says that its value is secret. */
const PARAMETER = /(?:[?&][^\s=&]+|[\w.-]*(?:token|secret|passw|api-?_?key|credential)[\w.-]*)=/i;

/** Headers written as text, as in `option httpchk GET / HTTP/1.1\r\nName:\ value`. */
const HEADER_TEXT = /\\r\\n/;

function isHarmless(name: string): boolean {
  return HARMLESS_HEADERS.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
}

/** Blanks part words but in quotes and after a backslash; a quote that does not end is a character like others. */
function tokensOf(line: string): readonly Token[] {
  return Array.from(line.matchAll(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s\\]|\\)+/g), ({ 0: raw, index: start }) => ({
    word: unquoted(raw).toLowerCase(),
    start,
    end: start + raw.length,
    quoted: /^"(?:\\.|[^"\\])*"$|^'[^']*'$/.test(raw) ? raw.slice(1, -1) : undefined,
  }));
}

function unquoted(raw: string): string {
  return raw.replaceAll(/\\x([0-9a-f]{2})|\\(.)|["']/gi, (_, code: string | undefined, escaped: string | undefined) =>
    code === undefined ? (escaped ?? '') : String.fromCodePoint(Number.parseInt(code, 16)),
  );
}
