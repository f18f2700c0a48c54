import { counted } from '../../lib/plural.ts';
import type { Write } from '../types.ts';

/** What is asked before a step, unless there is `--force`; undefined: nothing. */
export function questionFor(step: Write): string | undefined {
  switch (step.kind) {
    case 'kill': {
      // One that has never served.
      if (step.force && !step.isServing) return undefined;
      const how = step.isServing ? 'they still serve' : step.overdue ? 'some still have sessions' : 'they have drained';
      return `Kill ${counted(step.tasks.length, 'task')} of ${step.app} (${how}: ${step.tasks.join(', ')})?`;
    }
    case 'delete':
      return `Delete ${step.app} (${step.why})?`;
    case 'scale':
      return undefined;
  }
}
