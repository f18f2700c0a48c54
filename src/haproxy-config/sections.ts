/** Splits a configuration into sections as HAProxy does. */
import { readWords } from './words.ts';

/** Keywords that begin a section in HAProxy 2.6 to 3.4 (configuration manual, sections 2 to 4 and 12). */
export const SECTION_KEYWORDS: ReadonlySet<string> = new Set([
  'acme',
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'log-profile',
  'mailers',
  'namespace_list',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
]);

export interface ConfigSection {
  /** Its keyword; empty for what stands before the first section. */
  readonly kind: string;
  /** Empty if it has none. */
  readonly name: string;
  /** From its keyword to the next section. */
  readonly text: string;
  /** Its first line, from 1. */
  readonly line: number;
}

/** Cuts a configuration into its sections; their texts, put together, are the configuration. */
export function sectionsOf(text: string): readonly ConfigSection[] {
  const lines = text.split(/(?<=\n)/);
  const starts = lines.flatMap((line, at) => (SECTION_KEYWORDS.has(/^[ \t]*(\S+)/.exec(line)?.[1] ?? '') ? at : []));
  const cuts = starts[0] === 0 ? starts : [0, ...starts];
  return cuts.map((start, at) => {
    const isBefore = at === 0 && starts[0] !== 0;
    const [kind = '', name = ''] = isBefore ? [] : readWords(lines[start] ?? '');
    return { kind, name, text: lines.slice(start, cuts[at + 1]).join(''), line: start + 1 };
  });
}

/** Returns the text of the last section of a kind; empty if there is none. */
export function lastSection(kind: string, text: string): string {
  return sectionsOf(text).findLast((section) => section.kind === kind)?.text ?? '';
}

/** Returns the parts of a configuration that depend on a condition, from `.if` to `.endif`. */
export function conditionalParts(text: string): readonly string[] {
  return text.match(/^[ \t]*\.if\b[^]*?^[ \t]*\.endif\b/gm) ?? [];
}
