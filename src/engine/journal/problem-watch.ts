import type { Problem } from '../../model/problem.ts';
import type { Entry, PassRecord } from './journal.ts';

type News = Pick<Entry, 'appeared' | 'altered' | 'mended'>;

/**
 * Tells from pass to pass which problems are new, which are said in other words, and which are mended. A pass that failed says nothing
 * about any: it did not come to look.
 */
export function createProblemWatch(): (record: PassRecord) => News {
  let known: ReadonlyMap<string, readonly Problem[]> = new Map();
  let last: readonly Problem[] = [];
  return ({ problems, outcome }) => {
    const news = { appeared: [] as Problem[], altered: [] as Problem[], mended: [] as Problem[] };
    if (outcome.kind === 'failed' || problems === last) return news;
    const current = byKey(problems);
    for (const key of new Set([...current.keys(), ...known.keys()])) {
      const fresh = without(current.get(key) ?? [], known.get(key) ?? []);
      const gone = without(known.get(key) ?? [], current.get(key) ?? []);
      const both = Math.min(fresh.length, gone.length);
      news.altered.push(...fresh.slice(0, both));
      news.appeared.push(...fresh.slice(both));
      news.mended.push(...gone.slice(both));
    }
    known = current;
    last = problems;
    return news;
  };
}

/** What a problem is about; a service may have several of a kind. */
function byKey(problems: readonly Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = [problem.app, problem.service, problem.code, problem.label].join('\n');
    const others = found.get(key);
    if (others === undefined) found.set(key, [problem]);
    else if (!others.some(({ detail }) => detail === problem.detail)) others.push(problem);
  }
  return found;
}

function without(problems: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ detail }) => !others.some((other) => other.detail === detail));
}
