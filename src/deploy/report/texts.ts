/** The texts of a deploy about its steps. */
import { plural } from '../../lib/text/plural.ts';
import type { DeployPlan, Observation, Step, Write } from '../types.ts';

/** A step in words, with its reason. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'wait':
      return `Waiting: ${step.why}`;
    case 'scale':
      return `Scale ${step.app} to ${plural(step.to, 'instance')}: ${step.why}`;
    case 'kill':
      return `Kill ${plural(step.tasks.length, 'task')} of ${step.app} with scale: ${step.why}`;
    case 'delete':
      return `Delete ${step.app}: ${step.why}`;
    case 'turn-back':
      return `Going back to the old app: ${step.why}`;
    case 'stop':
      return `Stopped: ${step.why}`;
    case 'done':
      return `Done: ${step.why}`;
  }
}

/** Returns the question before a step without `--force`; undefined: none. */
export function questionFor(step: Write): string | undefined {
  switch (step.kind) {
    case 'kill': {
      // One that has never served.
      if (step.force && !step.isServing) return undefined;
      const how = step.isServing ? 'they still serve' : step.overdue ? 'some still have sessions' : 'they have drained';
      return `Kill ${plural(step.tasks.length, 'task')} of ${step.app} (${how}: ${step.tasks.join(', ')})?`;
    }
    case 'delete':
      return `Delete ${step.app} (${step.why})?`;
    case 'scale':
      return undefined;
  }
}

/** Returns how to continue after a deploy stopped, by the apps that exist. */
export function adviceFor({ apps }: Pick<Observation, 'apps'>, { fresh }: Pick<DeployPlan, 'fresh'>): string {
  const [first, second] = apps;
  if (second) return '--resume goes on, --rollback takes it back';
  if (first?.app.id === fresh) return '--resume goes on';
  return 'once the group has the instances that it should have, the command without --resume begins anew';
}
