/** Values that are several rules: one a line, or separated by semicolons. */
import type { Parsed } from '../parsed.ts';

/** Rules, and the text that they are read from again: what a saved definition has is checked by that. */
export interface Rules<Rule> {
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** A rule, or its fault: the end of a sentence that begins with "it must". */
export type ReadRule<Rule> = { readonly rule: Rule; readonly text: string } | { readonly must: string };

/** Reads rules that are already separated. */
export function parseRules<Rule>(
  texts: readonly string[],
  most: number,
  read: (text: string) => ReadRule<Rule>,
): Parsed<Rules<Rule>> {
  if (texts.length > most) return { must: `must have at most ${most} rules, not ${texts.length}` };
  const found: { readonly rule: Rule; readonly text: string }[] = [];
  for (const text of texts) {
    const each = read(text);
    if ('must' in each) return { must: each.must };
    found.push(each);
  }
  if (found.length === 0) return { must: 'must have a rule' };
  return { value: { text: found.map(({ text }) => text).join('\n'), rules: found.map(({ rule }) => rule) } };
}

/** Returns the rules of a text, without blanks around them. */
export function splitRules(text: string): readonly string[] {
  return text
    .split(/[;\n]/)
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '');
}
