/** Of two apps that claim the same, the older keeps it: the winner does not depend on the order of arrival. */
import type { Service } from '../service.ts';

/**
 * Sorts those with the older right first: by when their apps' definitions last changed (no date: oldest), then by app id, port
 * and index, which is the order of the document.
 */
export function byPrecedence(a: Precedence, b: Precedence): number {
  const [since, other] = [a.since ?? '', b.since ?? ''];
  if (since !== other) return since < other ? -1 : 1;
  if (a.app !== b.app) return a.app < b.app ? -1 : 1;
  return a.servicePort - b.servicePort || a.index - b.index;
}

/** Whether neither of two has the older right; which comes first is then only a matter of order. */
export function isOfOneAge(a: Precedence, b: Precedence): boolean {
  return (a.since ?? '') === (b.since ?? '');
}

type Precedence = Pick<Service, 'app' | 'servicePort' | 'index' | 'since'>;
