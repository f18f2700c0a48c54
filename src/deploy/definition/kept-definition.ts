/**
 * Going back where load balancers serve both apps by one definition, that of the app scaled earlier (1.15), and the two definitions
 * differ: draining the new tasks would put the new definition into force, by which the old tasks may be out of service. So the old
 * definition stays in force, and the new tasks end while they serve: requests that they have not answered may fail.
 */
import { plural } from '../../lib/text/plural.ts';
import { inService } from '../view/drain.ts';
import type { Observations } from '../view/observations.ts';
import { missingOf } from '../view/readiness.ts';
import type { Observation, Step, Write } from '../types.ts';
import type { DeployPlan } from '../types.ts';
import type { SideView, View } from '../view/view.ts';
import { breaksService } from './differences.ts';
import { waitUpTo } from '../decide/wait-up-to.ts';
import { makeLastScaled } from '../decide/make-last-scaled.ts';

/** Returns whether one definition must stay in force while both apps are there. */
export function isPinned({ flips, differences, isAdopted }: View): boolean {
  return flips.length > 0 && (isAdopted || breaksService(differences));
}

/** The next step back with the old definition in force all the time. */
export function goBackPinned(seen: Observation, view: View, { waits }: DeployPlan, observations: Observations): Step {
  const { incoming: old, outgoing: fresh, target, draining, drainsFrom } = view;
  const { app } = old.seen;
  const keep = makeLastScaled(fresh, `load balancers are to serve both apps by the definition of ${app.id}`, true);
  if ((app.instances ?? 0) < target) {
    return { kind: 'scale', app: app.id, to: target, why: 'back to all instances of the old app', followedBy: [keep] };
  }
  if (drainsFrom === 'outgoing') return keep;
  if (old.seen.deployments.length > 0) {
    const missing = missingOf(old, 'old');
    const why = `Marathon still deploys ${app.id}${missing ? `: ${missing.why}` : ''}`;
    return waitUpTo(seen.at, observations.since, waits, 'marathon', why);
  }
  const staying = { ...old, tasks: old.tasks.filter(({ id }) => !draining.includes(id)) };
  const wanted = { ...staying, seen: { ...old.seen, app: { ...app, instances: (app.instances ?? 0) - draining.length } } };
  const missing = missingOf(wanted, 'old');
  if (missing) return waitUpTo(seen.at, observations.since, waits, missing.blame, missing.why);
  return ended(fresh, staying.tasks.length);
}

/** Not more of the new tasks at once than old ones serve: the others could not carry the load until load balancers have followed. */
function ended(fresh: SideView, serving: number): Write {
  const tasks = fresh.tasks.filter((task) => inService([task]));
  const app = fresh.seen.app.id;
  const why = `load balancers are to keep the old definition, so its tasks cannot drain; ${plural(tasks.length, 'task')} may still serve`;
  if (tasks.length <= Math.max(1, serving)) return { kind: 'delete', app, why, force: true };
  const half = tasks.slice(0, Math.ceil(tasks.length / 2)).map(({ id }) => id);
  return { kind: 'kill', app, tasks: half, why, isServing: true, force: true };
}
