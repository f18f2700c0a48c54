import type { Section } from '../render/document.ts';
import type { Change, ServerChanges } from './change.ts';

/** A change in the operator's words: `servers of backend shop_10000 changed (+10_0_1_7_31003)`. */
export function reasonOf(change: Change): string {
  switch (change.kind) {
    case 'section-new':
      return `${nameOf(change.section)} is new`;
    case 'section-gone':
      return `${nameOf(change.section)} is gone`;
    case 'section-changed':
      return `${nameOf(change.after)} changed`;
    case 'servers':
      return `servers of ${nameOf(change.section)} changed (${serversOf(change.servers)})`;
    case 'order':
      return 'the order of sections changed';
    case 'file':
      return `${change.fileKind} ${change.name} changed (${change.difference})`;
  }
}

function nameOf(section: Section): string {
  return section.kind === 'head' ? 'the head' : `${section.kind} ${section.name}`;
}

/** Names as they stand in the configuration, at most `SHOWN` of them. */
function serversOf(servers: ServerChanges): string {
  const all = [
    ...servers.added.map((server) => `+${server.name}`),
    ...servers.removed.map((server) => `-${server.name}`),
    ...servers.changed.map(({ after }) => `~${after.name}`),
  ];
  if (all.length === 0) return 'order';
  const rest = all.length - SHOWN;
  return rest > 0 ? `${all.slice(0, SHOWN).join(' ')} and ${rest} more` : all.join(' ');
}

const SHOWN = 8;
