/** The table of words that HAProxy gave up, and the modern lines that do the same. */
import { directives } from './directives.ts';
import { lineRules } from './line-rules.ts';
import type { OldWord } from './row.ts';

export const oldWords: readonly OldWord[] = [...lineRules, ...directives];

/** Rows by the first word of a line. */
export const rowsByStart: ReadonlyMap<string, readonly OldWord[]> = byStart();

function byStart(): Map<string, OldWord[]> {
  const found = new Map<string, OldWord[]>();
  for (const row of oldWords) for (const start of row.starts) found.set(start, [...(found.get(start) ?? []), row]);
  return found;
}
