import type { ConfigDocument, Section } from '../render/document.ts';
import type { Change } from './change.ts';
import { compare } from './compare.ts';
import type { Plan } from './plan.ts';
import { runtimeOps } from './runtime-ops.ts';

/** A document between two others, and how the running HAProxy is brought there. */
export interface Interim {
  readonly document: ConfigDocument;
  readonly plan: Extract<Plan, { kind: 'runtime' }>;
}

/**
 * What of the next document can go live at once while it waits for a reload: the current document with the servers of those backends
 * that differ in nothing else. Undefined: nothing.
 */
export function interim(current: ConfigDocument, next: ConfigDocument): Interim | undefined {
  const changes = compare(current, next).filter(
    (change): change is ServersChange => change.kind === 'servers' && !('reload' in runtimeOps([change], current)),
  );
  if (changes.length === 0) return undefined;
  const changed = new Map<string, Section>(changes.map(({ section }) => [section.name, section]));
  const sections = current.sections.map((section) => (section.kind === 'backend' && changed.get(section.name)) || section);
  const found = runtimeOps(changes, current);
  return 'reload' in found ? undefined : { document: { ...current, sections }, plan: { kind: 'runtime', ...found } };
}

type ServersChange = Extract<Change, { kind: 'servers' }>;
