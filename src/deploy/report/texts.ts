import { counted } from '../../lib/plural.ts';
import type { Step } from '../types.ts';

/** A step in words, with its reason. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'wait':
      return `Waiting: ${step.why}`;
    case 'scale':
      return `Scale ${step.app} to ${counted(step.to, 'instance')}: ${step.why}`;
    case 'kill':
      return `Kill ${counted(step.tasks.length, 'task')} of ${step.app} with scale: ${step.why}`;
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
