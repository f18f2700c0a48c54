import type { ConfigDocument, Section, ServerLine } from '../render/document.ts';
import type { Change } from './change.ts';
import { compare } from './compare.ts';
import type { Plan } from './operations.ts';
import { planChanges } from './runtime-ops.ts';

/** A document between two others, and the plan that leads to it. */
export interface Interim {
  readonly document: ConfigDocument;
  readonly plan: Extract<Plan, { kind: 'runtime' }>;
}

/**
 * Returns what of the next document can go live while that waits for a reload: the current document with the servers of the next one,
 * backend by backend. A backend that differs in more than servers gets the new ones if they are written like those that it has: tasks are
 * replaced while their labels change. Returns undefined if nothing can.
 */
export function interim(current: ConfigDocument, next: ConfigDocument): Interim | undefined {
  const changes = compare(current, next).flatMap(serversOnly);
  const possible = changes.filter((change) => planChanges([change], current).kind === 'runtime');
  if (possible.length === 0) return undefined;
  const changed = new Map<string, Section>(possible.map(({ section }) => [section.name, section]));
  const sections = current.sections.map((section) => (section.kind === 'backend' && changed.get(section.name)) || section);
  const plan = planChanges(possible, current);
  return plan.kind === 'reload' ? undefined : { document: { ...current, sections }, plan };
}

type ServersChange = Extract<Change, { kind: 'servers' }>;

/** Returns what a change does to the servers of a backend that otherwise stays as it runs. */
function serversOnly(change: Change): readonly ServersChange[] {
  if (change.kind === 'servers') return [change];
  if (change.kind !== 'section-changed' || !isWrittenAlike(change.before.servers, change.after.servers)) return [];
  const between: Section = { ...change.before, servers: change.after.servers };
  const found = compare({ sections: [change.before], files: [] }, { sections: [between], files: [] });
  return found.filter((each): each is ServersChange => each.kind === 'servers');
}

/** HAProxy was not asked about the next document yet: only what it has accepted in this backend is sent to it. */
function isWrittenAlike(before: Section['servers'] = [], after: Section['servers'] = []): boolean {
  const known = new Set(before.map(keywordsOf));
  return after.every((line) => known.has(keywordsOf(line)));
}

/** Returns all but name, address, weight and the server's own `id`; the whole text if it is opaque, which is like no other. */
function keywordsOf({ spec, text }: ServerLine): string {
  return spec.kind === 'opaque' ? text : spec.keywords.join(' ').replace(/\bid \d+/, '');
}
