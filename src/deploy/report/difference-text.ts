import { shownDifferences } from '../definition/differences.ts';
import { isPinned } from '../definition/kept-definition.ts';
import type { Observation } from '../types.ts';
import { byStart } from '../definition/labels.ts';
import type { View } from '../view/view.ts';

/** Returns the differences of both apps and their effect on these load balancers; undefined if they are served in the same way. */
export function differenceText({ balancers }: Observation, view: View): string | undefined {
  const { differences, flips } = view;
  if (differences.length === 0) return undefined;
  const { old, fresh } = byStart(view.incoming.seen, view.outgoing.seen);
  const [before, after] = [old.app.id, fresh.app.id];
  const lines = [`${before} and ${after} differ in what serves: ${shownDifferences(differences)}`];
  if (isPinned(view)) {
    lines.push(
      `${flips.join(', ')}: /_mlb/health does not have carriesBothDefinitions there, so both apps are served by one definition at a time, as by marathon-lb 1.15`,
      `until ${before} is deleted, tasks of ${after} are checked and reached as ${before} says, and must answer to that`,
      `if the deploy is taken back, tasks of ${after} end while they serve, and requests that they have not answered may fail`,
    );
  } else if (flips.length > 0) {
    lines.push(`${flips.join(', ')}: options of ${after} may apply to both apps for moments, and while a deploy is taken back`);
  }
  const own = balancers.flatMap((balancer) => (balancer.kind === 'answers' && balancer.servesBoth ? balancer.name : []));
  if (own.length > 0) {
    lines.push(
      `${own.join(', ')}: each app is served by its own definition; what one backend has only once follows ${before} until it is deleted`,
    );
  }
  if (differences.some(({ kind }) => kind === 'group' || kind === 'address')) {
    lines.push(`clients that ask as ${before} says, and not as ${after} says, are not served any more in the end`);
  }
  return lines.join('; ');
}
