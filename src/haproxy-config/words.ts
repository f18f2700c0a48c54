/** How HAProxy splits a line of its configuration into words, and how a word is written so that it reads the same (configuration manual, section 2.2). */

/**
 * Returns the words of a line without quotes, escapes and comment. Undefined if a quote is not closed or the line ends within an escape, which HAProxy
 * refuses, or if it has a variable of the environment (`"$HOME"`), whose value is not known here.
 */
export function words(line: string): readonly string[] | undefined {
  const found: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] as string;
    if (quote === "'") {
      if (char === "'") quote = undefined;
      else word += char;
    } else if (char === '\\') {
      const escape = escapeAt(line, at, quote !== undefined);
      if (escape === undefined) return undefined;
      word = (word ?? '') + escape.text;
      at += escape.length - 1;
    } else if (char === '"') {
      word ??= '';
      quote = quote === undefined ? char : undefined;
    } else if (quote === undefined && char === "'") {
      word ??= '';
      quote = char;
    } else if (quote !== undefined && char === '$') {
      return undefined;
    } else if (quote === undefined && char === '#') {
      break;
    } else if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) found.push(word);
  return found;
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

const CONTROL: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t' };

/** Returns what an escape stands for and how many characters it has. HAProxy leaves a backslash before any other character as it is: `\1`, `\.`. */
function escapeAt(line: string, at: number, isQuoted: boolean): { readonly text: string; readonly length: number } | undefined {
  const next = line[at + 1];
  if (next === undefined) return undefined;
  if (next in CONTROL) return { text: CONTROL[next] as string, length: 2 };
  if (next === 'x') {
    const code = /^[0-9a-f]{2}/i.exec(line.slice(at + 2, at + 4))?.[0];
    return code === undefined ? undefined : { text: String.fromCodePoint(Number.parseInt(code, 16)), length: 4 };
  }
  return ' \\#"\''.includes(next) || (isQuoted && next === '$') ? { text: next, length: 2 } : { text: `\\${next}`, length: 2 };
}
