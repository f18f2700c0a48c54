/** Conditions of rules: `if …` and `unless …` behind a directive, and what is added to them. */
import type { OldLine } from './row.ts';

export interface Condition {
  readonly kind: 'if' | 'unless';
  readonly terms: readonly string[];
}

/** Returns the condition at the end of a line's words from `at` on; undefined if there is none, `'none'` if the words are no condition. */
export function conditionAt(words: readonly string[], at: number): Condition | undefined | 'none' {
  const [kind, ...terms] = words.slice(at);
  if (kind === undefined) return undefined;
  return (kind === 'if' || kind === 'unless') && terms.length > 0 ? { kind, terms } : 'none';
}

/** Returns the words of a condition, empty without one. */
export function wordsOf(condition: Condition | undefined): readonly string[] {
  return condition === undefined ? [] : [condition.kind, ...condition.terms];
}

/** Returns the condition that holds if `tests` (without braces) and the condition hold; undefined if that cannot be written in one line. */
export function both(
  tests: readonly (readonly string[])[],
  condition: Condition | undefined,
  { braces }: Pick<OldLine, 'braces'>,
): Condition | undefined {
  const own = tests.flatMap((test) => [braces.open, ...test, braces.close]);
  if (condition === undefined) return { kind: 'if', terms: own };
  if (condition.terms.some((term) => term === 'or' || term === '||')) return undefined;
  if (condition.kind === 'if') return { kind: 'if', terms: [...own, ...condition.terms] };
  const negated = negatedTerm(condition.terms);
  return negated === undefined ? undefined : { kind: 'if', terms: [...own, ...negated] };
}

/** Returns the opposite of a single term: one name, or one test in braces. */
function negatedTerm([first = '', ...rest]: readonly string[]): readonly string[] | undefined {
  const isOne = rest.length === 0 || (/^!?\{+$/.test(first) && rest.findIndex((term) => /^\}+$/.test(term)) === rest.length - 1);
  if (!isOne) return undefined;
  return first.startsWith('!') ? [first.slice(1), ...rest] : [`!${first}`, ...rest];
}
