import { counted } from '../../lib/plural.ts';
import type { Memory } from '../view/observations.ts';
import { missingOf } from '../view/readiness.ts';
import type { AppSeen, Seen, Step } from '../types.ts';
import type { Course } from './step.ts';
import { sideAlone } from '../view/view.ts';
import { patient } from './patient.ts';

/** A first deploy, or what is left at the end. */
export function alone(only: AppSeen, seen: Seen, { waits, goal, fresh }: Course, memory: Memory): Step {
  const { id, instances = 0 } = only.app;
  if ((id === fresh) === (goal.kind === 'back')) {
    const why = `only ${id} is there, with ${counted(instances, 'instance')}: the other app was deleted by somebody else`;
    return patient(seen.at, memory.since, waits, 'marathon', why);
  }
  // The other app went before this one had grown: deleted by hand, or to bring service back.
  if (memory.target !== undefined && instances < memory.target) {
    const why = `it is alone, and the group is to have ${counted(memory.target, 'instance')}`;
    return { kind: 'scale', app: id, to: memory.target, why };
  }
  if (only.deployments.length > 0) return patient(seen.at, memory.since, waits, 'marathon', `Marathon still deploys ${id}`);
  const balancers = seen.balancers.filter(({ name }) => !memory.elsewhere.has(name));
  const missing = missingOf(sideAlone(only, balancers), id);
  if (missing) return patient(seen.at, memory.since, waits, missing.blame, missing.why);
  return { kind: 'done', why: `${id} serves alone, with ${counted(instances, 'instance')}` };
}
