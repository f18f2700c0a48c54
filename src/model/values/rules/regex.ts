/**
 * Regular expressions of labels: the part of PCRE's syntax that needs steps in proportion to the length of the path. HAProxy matches in the
 * thread that serves all others, and its watchdog ends a process that is stuck: three `[a-z]*` in a row and a path of 8,000 letters are enough.
 *
 * What may repeat without an end is followed by a character that it cannot be itself, so that there is one way to match; or it is the last
 * thing that repeats, so that there are as many ways as the path is long.
 */

/** The result: the number of groups that it captures, or why HAProxy must not get it. */
export type Regex = { readonly groups: number } | { readonly fault: string };

/** Reads a regular expression that begins with `^`. */
export function readRegex(text: string): Regex {
  if (text.length > LONGEST) return { fault: `has more than ${LONGEST} characters` };
  if (!text.startsWith('^')) return { fault: 'does not begin with ^' };
  const tokens = tokensOf(text.slice(1));
  return 'fault' in tokens ? tokens : judge(tokens);
}

/** Returns with what each text begins that matches a regular expression which `readRegex` takes. */
export function literalStart(text: string): string {
  const [, literals = '', next] = /^\^((?:[A-Za-z0-9_~!@&=,:/%-]|\\[-./+*?()[\]{}|^$~])*)(.?)/.exec(text) ?? [];
  // What is repeated may be missing.
  const sure = next !== '' && '*?{'.includes(next ?? '') ? literals.replace(/\\?.$/, '') : literals;
  return sure.replaceAll(/\\(.)/g, '$1');
}

const LONGEST = 500;

interface Token {
  readonly kind: 'character' | 'open' | 'capture' | 'close' | 'bar' | 'end';
  /** As it is written, without its quantifier. */
  readonly text: string;
  readonly quantifier: string;
}

function tokensOf(text: string): readonly Token[] | { readonly fault: string } {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const [whole, character, open, close, bar, end, quantifier = ''] = TOKEN.exec(text) ?? [];
    if (whole === undefined) return { fault: `has ${text.slice(at, at + 10)}, which it must not have` };
    at += whole.length;
    if (quantifier !== '' && character === undefined && close === undefined)
      return { fault: `has ${quantifier} after nothing that repeats` };
    if (character?.startsWith('[') && !hasOrderedRanges(character))
      return { fault: `has the list ${character}, whose ranges are none` };
    const kind = close ? 'close' : bar ? 'bar' : end ? 'end' : open ? (open === '(' ? 'capture' : 'open') : 'character';
    tokens.push({ kind, text: character ?? whole, quantifier });
  }
  return tokens;
}

const TOKEN = new RegExp(
  [
    // A character, an escape, or a list.
    /(\.|%(?!\[)|[A-Za-z0-9_~!@&=,:/-]|\\[dDwWsS]|\\[-./+*?()[\]{}|^$~]|\[\^?(?:\\[dDwWsS]|\\[-./+*?()[\]{}|^$~]|[A-Za-z0-9._~!@&=+*?$|(){},:/%-])+\])/,
    /|(\((?:\?:)?(?!\?))|(\))|(\|)|(\$)/,
  ]
    .map(({ source }) => source)
    .join('')
    .replace(/^/, '(?:')
    .concat(')', /([*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??)?/.source),
  'y',
);

/** A hyphen that is neither escaped nor at an end stands between two letters or two digits, the smaller first. */
function hasOrderedRanges(list: string): boolean {
  const inner = list
    .replace(/^\[\^?/, '')
    .slice(0, -1)
    .replaceAll(/\\./g, '\\');
  const left = inner.replaceAll(/^-|-$|[a-z]-[a-z]|[A-Z]-[A-Z]|\d-\d/g, (range) =>
    (range[0] ?? '') <= (range[2] ?? range) ? '' : '-',
  );
  return !left.includes('-');
}

interface Group {
  /** There is a quantifier, or a choice, in it. */
  isComplex: boolean;
  choices: number;
}

function judge(tokens: readonly Token[]): Regex {
  const open: Group[] = [];
  let groups = 0;
  /** The number of ways to match the parts that repeat only a limited number of times. */
  let ways = 1;
  let isLoose = false;
  for (const [at, { kind, text, quantifier }] of tokens.entries()) {
    const inner = open.at(-1);
    if (kind === 'capture') groups += 1;
    if (kind === 'capture' || kind === 'open') open.push({ isComplex: false, choices: 1 });
    if (kind === 'bar') {
      if (!inner) return { fault: 'has | outside of ( )' };
      inner.isComplex = true;
      inner.choices += 1;
    }
    if (kind === 'end' && at < tokens.length - 1) return { fault: 'has $ before its end' };
    let isComplex = false;
    if (kind === 'close') {
      const closed = open.pop();
      if (!closed) return { fault: 'has a ) without its (' };
      ({ isComplex } = closed);
      ways *= closed.choices;
    }
    const outer = open.at(-1);
    if (outer && (isComplex || quantifier !== '')) outer.isComplex = true;
    const [least, most] = countsOf(quantifier);
    if (least > most || (most !== Infinity && most > MOST_TIMES))
      return { fault: `has ${quantifier}, which is no count up to ${MOST_TIMES}` };
    if (most > 1 && isComplex) return { fault: `repeats a group with a choice or a repetition in it (${quantifier})` };
    if (most !== Infinity) {
      ways *= most - least + 1;
      continue;
    }
    if (isLoose) return { fault: `has ${text}${quantifier} after a repetition that has several ways to end` };
    if (open.some(({ choices }) => choices > 1) || hasLaterChoice(tokens, at))
      return { fault: `repeats ${text} within a choice` };
    isLoose = kind === 'close' || !endsSurely(text, tokens, at);
  }
  if (open.length > 0) return { fault: 'has a ( without its )' };
  if (groups > 9) return { fault: 'has more than 9 groups' };
  return ways > MOST_WAYS ? { fault: `can match in ${ways} ways, which is more than ${MOST_WAYS}` } : { groups };
}

const MOST_TIMES = 100;
const MOST_WAYS = 100;

function countsOf(quantifier: string): readonly [least: number, most: number] {
  switch (quantifier[0]) {
    case undefined:
      return [1, 1];
    case '*':
      return [0, Infinity];
    case '+':
      return [1, Infinity];
    case '?':
      return [0, 1];
    default: {
      const [, least = '', comma, most = ''] = /^\{(\d+)(,)?(\d*)\}/.exec(quantifier) ?? [];
      return [Number(least), comma === undefined ? Number(least) : most === '' ? Infinity : Number(most)];
    }
  }
}

/** Whether the group around a token has a choice after it. */
function hasLaterChoice(tokens: readonly Token[], at: number): boolean {
  let depth = 0;
  for (const { kind } of tokens.slice(at + 1)) {
    if (kind === 'open' || kind === 'capture') depth += 1;
    if (kind === 'close') depth -= 1;
    if (kind === 'bar' && depth <= 0) return true;
  }
  return false;
}

/** Whether a group has no choice and is not optional. */
function isPassedOnce(tokens: readonly Token[], open: number): boolean {
  if (hasLaterChoice(tokens, open)) return false;
  let depth = 0;
  const end = tokens.slice(open).find(({ kind }) => {
    if (kind === 'open' || kind === 'capture') depth += 1;
    if (kind === 'close') depth -= 1;
    return depth === 0;
  });
  return end !== undefined && countsOf(end.quantifier)[0] > 0;
}

/** Whether what follows a repeated character is a character that it cannot be. */
function endsSurely(repeated: string, tokens: readonly Token[], at: number): boolean {
  let next = at + 1;
  while (tokens[next]?.kind === 'close' && tokens[next]?.quantifier === '') next += 1;
  while ((tokens[next]?.kind === 'capture' || tokens[next]?.kind === 'open') && isPassedOnce(tokens, next)) next += 1;
  const token = tokens[next];
  if (token?.kind !== 'character' || countsOf(token.quantifier)[0] === 0) return false;
  const [, character] = /^\\?([^A-Za-z0-9]|[A-Za-z0-9])$/.exec(/^\\[dDwWsS]$|^\.$|^\[/.test(token.text) ? '' : token.text) ?? [];
  return character !== undefined && !new RegExp(`^${repeated}$`).test(character);
}
