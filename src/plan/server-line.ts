/** A server as its rendered line has it. */
export interface ServerSpec {
  readonly name: string;
  /** `10.0.0.1:31000`, as it stands in the line. */
  readonly address: string;
  /** The words after the address without `disabled` and `weight`. */
  readonly keywords: readonly string[];
  /** HAProxy's default is 1. */
  readonly weight: number;
  readonly disabled: boolean;
  /** HAProxy checks its health. */
  readonly check: boolean;
  /** It tells its state and weight itself (`agent-check`). */
  readonly agent: boolean;
}

/**
 * Reads the text rendered for a server: exactly one `server` line, comments aside. A string is what keeps it from being
 * understood, in words that follow "the text of server X".
 */
export function parseServerLine(text: string): ServerSpec | string {
  // HAProxy's quotes, escapes and variables (manual, section 2.2 and 2.3) are its own affair.
  if (/["'\\$]/.test(text)) return 'has quotes, backslashes or variables';
  const lines = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  const [line] = lines;
  if (line === undefined || lines.length > 1) return `is ${lines.length} lines, not one`;
  const [word, name, address, ...keywords] = line.split(/[ \t]+/);
  if (word !== 'server' || name === undefined || address === undefined) return 'is not a server line';
  return { name, address, ...readKeywords(keywords) };
}

function readKeywords(words: readonly string[]): Omit<ServerSpec, 'name' | 'address'> {
  const keywords: string[] = [];
  const flags = new Set<string>();
  let weight = 1;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const value = words[at + 1] ?? '';
    if (word === 'weight' && /^\d+$/.test(value)) {
      weight = Number(value);
      at += 1;
    } else if (word === 'cookie') {
      // The value may be any word, even `disabled`.
      keywords.push(word, value);
      at += 1;
    } else {
      flags.add(word);
      if (word !== 'disabled') keywords.push(word);
    }
  }
  return { keywords, weight, disabled: flags.has('disabled'), check: flags.has('check'), agent: flags.has('agent-check') };
}
