import type { Change } from '../../plan/change.ts';
import type { Entry } from './journal.ts';

/** Returns why a pass reloaded, in the few words that metrics and the status count by. */
export function reloadKinds({ changes, refusals }: Entry): ReadonlySet<string> {
  const kinds = new Set(changes.map(kindOf));
  if (refusals !== undefined && refusals.length > 0) kinds.add('refused');
  return kinds.size === 0 ? new Set(['other']) : kinds;
}

function kindOf(change: Change): string {
  switch (change.kind) {
    case 'section-new':
      return 'service-new';
    case 'section-gone':
      return 'service-gone';
    case 'section-changed':
      return change.after.kind === 'head' ? 'head' : change.after.owner ? 'settings' : 'rules';
    case 'servers':
    case 'order':
    case 'certificate':
      return change.kind;
    case 'file':
      return change.fileKind;
  }
}
