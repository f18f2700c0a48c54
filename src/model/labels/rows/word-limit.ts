/** Returns lines that begin alike and have some of the words each: HAProxy reads lines of 64 words. */
export function inLines(beginning: string, words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += WORDS) lines.push(`${beginning} ${words.slice(at, at + WORDS).join(' ')}`);
  return lines;
}

const WORDS = 30;
