import { getHeapStatistics } from 'node:v8';

/**
 * Returns the value of a JSON text that another program wrote. Throws a `SyntaxError` if it is none, and a `RangeError` if it has more values
 * than memory suffices for: one character of text may become 56 bytes of memory, and what is out of memory cannot be caught.
 */
export function parseJson(text: string): unknown {
  if (text.length > ALWAYS_PARSED) refuseCostly(text, Math.max(ALWAYS_PARSED, shareOfHeap(BYTES_A_VALUE)));
  return JSON.parse(text) as unknown;
}

/** Returns how many characters of text may be held for `parseJson`, or bytes for another purpose, if there is one in `part` of the memory. */
export function shareOfHeap(part: number): number {
  return Math.floor(getHeapStatistics().heap_size_limit / part);
}

/** The part of the memory that a text may have which is parsed as a whole: it is put together, and its strings are copied. */
export const TEXT_SHARE = 8;

/** Throws a `RangeError` for a text with more values than that: all that begin with a bracket or follow a comma. */
function refuseCostly(text: string, most: number): void {
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA || code === BRACKET || code === BRACE) values += 1;
    if (values > most) throw new RangeError(`it has more than ${most} values`);
  }
}

/** Returns where the string that begins at `start` has its last quote; the end of the text if it has none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Characters: any text of this length costs at most some megabytes. */
const ALWAYS_PARSED = 65_536;
/** With what is in the text beside, and with what it is read into. */
const BYTES_A_VALUE = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
