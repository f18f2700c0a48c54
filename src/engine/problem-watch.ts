import type { Problem } from '../model/problem.ts';
import type { Entry, PassRecord } from './journal.ts';

/**
 * Tells from pass to pass which problems are new and which are mended. A pass that failed says nothing about either: it did not come to
 * look.
 */
export function createProblemWatch(): (record: PassRecord) => Pick<Entry, 'appeared' | 'mended'> {
  let known: ReadonlyMap<string, Problem> = new Map();
  let last: readonly Problem[] = [];
  return ({ problems, outcome }) => {
    if (outcome.kind === 'failed' || problems === last) return { appeared: [], mended: [] };
    const current = new Map(problems.map((problem) => [keyOf(problem), problem]));
    const appeared = [...current].flatMap(([key, problem]) => (known.has(key) ? [] : [problem]));
    const mended = [...known].flatMap(([key, problem]) => (current.has(key) ? [] : [problem]));
    known = current;
    last = problems;
    return { appeared, mended };
  };
}

function keyOf(problem: Problem): string {
  return `${problem.app}\n${problem.service ?? ''}\n${problem.code}\n${problem.detail}`;
}
