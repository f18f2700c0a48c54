import { plural } from '../../lib/text/plural.ts';
import type { Observations } from '../view/observations.ts';
import { missingOf } from '../view/readiness.ts';
import type { AppState, Observation, Step } from '../types.ts';
import type { DeployPlan } from '../types.ts';
import { sideAlone } from '../view/view.ts';
import { waitUpTo } from './wait-up-to.ts';

/** A first deploy, or what is left at the end. */
export function singleAppStep(
  only: AppState,
  seen: Observation,
  { waits, goal, fresh }: DeployPlan,
  observations: Observations,
): Step {
  const { id, instances = 0 } = only.app;
  if ((id === fresh) === (goal.kind === 'back')) {
    const why = `only ${id} is there, with ${plural(instances, 'instance')}: the other app was deleted by another client`;
    return waitUpTo(seen.at, observations.since, waits, 'marathon', why);
  }
  // The other app went before this one had grown: deleted by hand, or to bring service back.
  if (observations.target !== undefined && instances < observations.target) {
    const why = `it is alone, and the group is to have ${plural(observations.target, 'instance')}`;
    return { kind: 'scale', app: id, to: observations.target, why };
  }
  if (only.deployments.length > 0)
    return waitUpTo(seen.at, observations.since, waits, 'marathon', `Marathon still deploys ${id}`);
  const balancers = seen.balancers.filter(({ name }) => !observations.elsewhere.has(name));
  const missing = missingOf(sideAlone(only, balancers), id);
  if (missing) return waitUpTo(seen.at, observations.since, waits, missing.blame, missing.why);
  return { kind: 'done', why: `${id} serves alone, with ${plural(instances, 'instance')}` };
}
