/** Splits a line of a configuration into words as HAProxy does (configuration manual, sections 2.2 and 2.3; tried on 2.6 and 3.4). */

/**
 * Returns the words of a line as HAProxy has them: without comment, quotes and backslashes. A variable of the environment counts as not
 * set: its default stands for it, or nothing.
 */
export function readWords(line: string): string[] {
  // Most lines are plain, and there are many.
  return /["'\\#\0]/.test(line) ? scan(line).words : line.split(BLANK).filter((word) => word !== '');
}

/**
 * Returns the lines of a text that begin with one of the keywords, as words, the keyword first. The keyword itself has to be written
 * without quotes and escapes.
 */
export function linesOf(text: string, ...keywords: readonly string[]): readonly (readonly string[])[] {
  if (!keywords.some((keyword) => text.includes(keyword))) return [];
  return text
    .split('\n')
    .filter((line) => keywords.some((keyword) => line.includes(keyword)))
    .map(readWords)
    .filter(([first = '']) => keywords.includes(first));
}

/**
 * Returns the words of a line if they are sure. Undefined if a quote is not closed or the line ends within an escape, which HAProxy refuses,
 * or if it has a variable of the environment (`"$HOME"`), whose value is not known here.
 */
export function sureWords(line: string): readonly string[] | undefined {
  const { words, isSure } = scan(line);
  return isSure ? words : undefined;
}

/** Splits a line before its comment: a `#` outside of quotes, and not after a backslash (configuration manual, section 2.2). */
export function splitComment(line: string): readonly [code: string, comment: string] {
  const [code = ''] = /^(?:[^#"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\](?=[^#]*$))*/.exec(line) ?? [];
  return [code, line.slice(code.length)];
}

/** Returns a word as a line has to have it, with quotes if it needs them. */
export function quoted(word: string): string {
  if (word !== '' && !/[\s"'#]|\\(?:[ \\#rntx"']|$)/.test(word)) return word;
  const isPlain = !/["\\$\r\n\t]/.test(word);
  if (!isPlain && !/['\r\n\t]/.test(word)) return `'${word}'`;
  return `"${word
    .replace(/["\\$]/g, String.raw`\$&`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)}"`;
}

interface Scanned {
  readonly words: string[];
  /** It is whole, and does not depend on the environment. */
  readonly isSure: boolean;
}

function scan(line: string): Scanned {
  const words: string[] = [];
  let isSure = true;
  let word: string | undefined;
  let quote = '';
  const endWord = (): void => {
    // HAProxy's texts end at a NUL.
    if (word !== undefined) words.push(word.replace(/\0[^]*$/, ''));
    word = undefined;
  };
  for (let at = 0; at < line.length;) {
    const char = line[at] as string;
    if (quote === '' && BLANK.test(char)) {
      endWord();
      at += 1;
    } else if (quote === '' && char === '#') {
      break;
    } else if ((char === '"' || char === "'") && (quote === '' || quote === char)) {
      quote = quote === '' ? char : '';
      word ??= '';
      at += 1;
    } else if (char === '\\' && quote !== "'") {
      const escape = readEscape(line, at, quote);
      isSure &&= escape.isWhole;
      word = (word ?? '') + escape.text;
      at += escape.length;
    } else if (char === '$' && quote === '"') {
      const variable = readVariable(line, at);
      isSure = false;
      const [first = '', ...rest] = variable.isList ? variable.text.split(/[ \t]+/) : [variable.text];
      word = (word ?? '') + first;
      for (const next of rest) {
        endWord();
        word = next;
      }
      at += variable.length;
    } else {
      word = (word ?? '') + char;
      at += 1;
    }
  }
  endWord();
  return { words, isSure: isSure && quote === '' };
}

const BLANK = /[ \t\n\v\f\r]/;

interface Piece {
  readonly text: string;
  /** Its length in the line, in characters. */
  readonly length: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ' ': ' ',
  '\\': '\\',
  '#': '#',
  '"': '"',
  "'": "'",
  n: '\n',
  r: '\r',
  t: '\t',
};

/** `isWhole`: it does not end too early, which HAProxy refuses. */
function readEscape(line: string, at: number, quote: string): Piece & { readonly isWhole: boolean } {
  const next = line[at + 1] ?? '';
  if (next === 'x') {
    const hex = line.slice(at + 2, at + 4);
    if (/^[0-9a-f]{2}$/i.test(hex)) return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 4, isWhole: true };
  }
  if (next === '$' && quote === '"') return { text: '$', length: 2, isWhole: true };
  const text = ESCAPES[next];
  if (text !== undefined) return { text, length: 2, isWhole: true };
  return { text: '\\', length: 1, isWhole: next !== '' && next !== 'x' };
}

/** Reads `$NAME`, `${NAME}`, `${NAME-default}` and `${NAME[*]-default}`; a default ends at the first brace. */
function readVariable(line: string, at: number): Piece & { readonly isList: boolean } {
  VARIABLE.lastIndex = at;
  const [whole = '$', list, preset = ''] = VARIABLE.exec(line) ?? [];
  return { text: preset, length: whole.length, isList: list !== undefined };
}

const VARIABLE = /\$(?:\{[A-Za-z_][A-Za-z0-9_]*(\[\*\])?(?:-([^}]*))?\}?|[A-Za-z_][A-Za-z0-9_]*)/y;
