import { type ConfigDocument, listsCertificates, type Section, type ServerLine } from '../render/document.ts';
import { type DocumentFile, kindOf } from '../render/files/kinds.ts';
import { LABEL_MAP } from '../render/files/map.ts';
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
 * replaced while their labels change. The values of labels that change without a reload, and the certificates, are those of the next one, too. Returns undefined if nothing can.
 */
export function interim(current: ConfigDocument, next: ConfigDocument): Interim | undefined {
  const changes = compare(current, next).flatMap(serversOnly);
  const possible = changes.filter((change) => planChanges([change], current).kind === 'runtime');
  const { files, certificates } = followed(current, next);
  const values = compare(
    { sections: [], files: current.files, certificates: current.certificates },
    { sections: [], files, certificates },
  );
  if (possible.length + values.length === 0) return undefined;
  const changed = new Map<string, Section>(possible.map(({ section }) => [section.name, section]));
  const sections = current.sections.map((section) => (section.kind === 'backend' && changed.get(section.name)) || section);
  const plan = planChanges([...possible, ...values], current);
  return plan.kind === 'reload' ? undefined : { document: { sections, files, certificates }, plan };
}

/** Returns what follows the next document: the lines that HAProxy has pass over values of lines to come, and certificates are for no line. */
function followed(current: ConfigDocument, next: ConfigDocument): Pick<ConfigDocument, 'files' | 'certificates'> {
  const inNext = (name: string): DocumentFile | undefined => next.files.find((file) => file.name === name);
  const mayFollow = (file: DocumentFile): boolean => {
    const after = inNext(file.name);
    return after !== undefined && kindOf(after).reloadFor?.(file, after) === undefined;
  };
  const list = current.files.find(({ kind }) => kind === 'crt-list');
  const isSameList = list === undefined ? !listsCertificates(next) : mayFollow(list);
  const isFree = (file: DocumentFile): boolean => file.name === LABEL_MAP || (file === list && isSameList);
  return {
    files: current.files.map((file) => (isFree(file) ? (inNext(file.name) ?? file) : file)),
    certificates: isSameList ? next.certificates : current.certificates,
  };
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
