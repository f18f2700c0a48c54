/**
 * Splits a command into words as a POSIX shell does, without running one: quotes and backslashes work, nothing is
 * expanded and `;`, `|`, `&` and `#` are ordinary characters (`--command` of 1.15). Returns undefined if a quote is left open.
 */
export function shellWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < command.length; at += 1) {
    const char = command.charAt(at);
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      const quoted = readQuoted(command, at + 1, char);
      if (quoted === undefined) return undefined;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      at += 1;
      if (at === command.length) return undefined;
      word = (word ?? '') + command.charAt(at);
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Reads up to the closing quote, whose place is `end`. In double quotes a backslash escapes only `"` and itself. */
function readQuoted(command: string, start: number, quote: string): { text: string; end: number } | undefined {
  let text = '';
  for (let at = start; at < command.length; at += 1) {
    const char = command.charAt(at);
    if (char === quote) return { text, end: at };
    const next = command.charAt(at + 1);
    if (char === '\\' && quote === '"' && (next === '"' || next === '\\')) {
      text += next;
      at += 1;
    } else {
      text += char;
    }
  }
  return undefined;
}
