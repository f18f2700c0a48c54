/** The parts of a `server` line that can also be set in a running HAProxy. */
import { linesOf, readWords } from './words.ts';

export interface ServerSpec {
  readonly kind: 'server';
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
  /** It reports its state and weight itself (`agent-check`). */
  readonly agent: boolean;
}

/** A text that only a reload can bring live. */
export interface OpaqueServer {
  readonly kind: 'opaque';
  /** Follows "the text of server X". */
  readonly why: string;
  /** Of its first `server` line. */
  readonly address: string | undefined;
  readonly disabled: boolean;
}

/** Reads the text that was rendered for a server: exactly one `server` line, comments aside, else it is opaque. */
export function readServer(text: string): ServerSpec | OpaqueServer {
  // The commands that servers are changed with know no quotes, escapes and variables.
  if (/["'\\$]/.test(text)) return opaque(text, 'has quotes, backslashes or variables');
  const lines = text.split('\n').flatMap((line) => {
    const words = readWords(line);
    return words.length === 0 ? [] : [words];
  });
  const [line] = lines;
  if (line === undefined || lines.length > 1) return opaque(text, `is ${lines.length} lines, not one`);
  const [word, name, address, ...keywords] = line;
  if (word !== 'server' || name === undefined || address === undefined) return opaque(text, 'is not a server line');
  return { kind: 'server', name, address, ...readKeywords(keywords) };
}

/** Returns `10.0.0.1:80` and `[::1]:80` in parts. Returns undefined for anything else, such as a host name. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } | undefined {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]+)\]|(\d+(?:\.\d+){3})):(\d+)$/.exec(address) ?? [];
  const host = v6 ?? v4;
  return host === undefined || port === undefined ? undefined : { host, port };
}

function readKeywords(words: readonly string[]): Pick<ServerSpec, 'keywords' | 'weight' | 'disabled' | 'check' | 'agent'> {
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

function opaque(text: string, why: string): OpaqueServer {
  const [[, , address, ...keywords] = []] = linesOf(text, 'server');
  return { kind: 'opaque', why, address, disabled: keywords.includes('disabled') };
}
