import type { ConfigDocument, MapFile, Section, ServerLine } from '../render/document.ts';
import type { Change, ServerChanges } from './change.ts';

/** All differences of two documents, in the order of the next one; what went away comes last, maps after it. */
export function compare(current: ConfigDocument, next: ConfigDocument): Change[] {
  if (current === next) return [];
  const changes = current.sections === next.sections ? [] : compareSections(current.sections, next.sections);
  return [...changes, ...compareMaps(current.maps, next.maps)];
}

/** A section that was kept is the same object: only the others are looked into. */
function compareSections(current: readonly Section[], next: readonly Section[]): Change[] {
  const changes: Change[] = [];
  const before = new Map(without(current, next).map((section) => [keyOf(section), section]));
  const fresh = new Set<Section>();
  for (const after of without(next, current)) {
    const key = keyOf(after);
    const old = before.get(key);
    before.delete(key);
    if (old === undefined) fresh.add(after);
    changes.push(...(old === undefined ? [{ kind: 'section-new' as const, section: after }] : compareSection(old, after)));
  }
  const gone = new Set(before.values());
  for (const section of gone) changes.push({ kind: 'section-gone', section });
  const remaining = current.filter((section) => !gone.has(section));
  const kept = next.filter((section) => !fresh.has(section));
  if (kept.some((section, at) => !isSameSection(section, remaining[at]))) changes.push({ kind: 'order' });
  return changes;
}

function without(sections: readonly Section[], others: readonly Section[]): Section[] {
  const there = new Set(others);
  return sections.filter((section) => !there.has(section));
}

function isSameSection(one: Section, other: Section | undefined): boolean {
  return one === other || (other !== undefined && keyOf(one) === keyOf(other));
}

function keyOf(section: Section): string {
  return `${section.kind} ${section.name}`;
}

function compareSection(before: Section, after: Section): Change[] {
  if (!isSameText(before.blocks, after.blocks)) return [{ kind: 'section-changed', before, after }];
  if (before.servers === after.servers) return [];
  const servers = compareServers(before.servers ?? [], after.servers ?? []);
  const same = servers.added.length + servers.removed.length + servers.changed.length === 0 && !servers.moved;
  return same ? [] : [{ kind: 'servers', section: after, servers }];
}

function isSameText(one: Section['blocks'], other: Section['blocks']): boolean {
  if (one === other) return true;
  const middle = middles(one, other, (a, b) => a.text === b.text);
  return textOf(middle.one) === textOf(middle.other);
}

function textOf(blocks: Section['blocks']): string {
  return blocks.map((block) => block.text).join('');
}

function compareServers(before: readonly ServerLine[], after: readonly ServerLine[]): ServerChanges {
  const old = new Map(before.map((server) => [server.name, server]));
  const added: ServerLine[] = [];
  const changed: { before: ServerLine; after: ServerLine }[] = [];
  const kept: string[] = [];
  for (const server of after) {
    const was = old.get(server.name);
    old.delete(server.name);
    if (was === undefined) added.push(server);
    else if (was.text !== server.text) changed.push({ before: was, after: server });
    if (was !== undefined) kept.push(server.name);
  }
  const remaining = before.map((server) => server.name).filter((name) => !old.has(name));
  return { added, removed: [...old.values()], changed, moved: kept.some((name, at) => name !== remaining[at]) };
}

function compareMaps(current: readonly MapFile[], next: readonly MapFile[]): Change[] {
  if (current === next) return [];
  const changes: Change[] = [];
  for (const name of new Set([...current, ...next].map((map) => map.name))) {
    const before = current.find((map) => map.name === name)?.entries;
    const after = next.find((map) => map.name === name)?.entries;
    if (before === after) continue;
    const middle = middles(before ?? [], after ?? [], isSameEntry);
    if (before !== undefined && after !== undefined && middle.one.length + middle.other.length === 0) continue;
    const old = linesOf(middle.one);
    const fresh = linesOf(middle.other);
    changes.push({
      kind: 'map',
      name,
      added: [...fresh].filter((line) => !old.has(line)).length,
      removed: [...old].filter((line) => !fresh.has(line)).length,
    });
  }
  return changes;
}

type MapEntry = MapFile['entries'][number];

function isSameEntry(one: MapEntry, other: MapEntry): boolean {
  return one === other || (one[0] === other[0] && one[1] === other[1]);
}

function linesOf(entries: MapFile['entries']): Set<string> {
  return new Set(entries.map(([key, backend]) => `${key} ${backend}`));
}

/** Thousands of apps share a frontend or a map, and usually one of them changed: the lists without what is equal at both ends. */
function middles<Item>(
  one: readonly Item[],
  other: readonly Item[],
  isSame: (a: Item, b: Item) => boolean,
): { readonly one: readonly Item[]; readonly other: readonly Item[] } {
  const shorter = Math.min(one.length, other.length);
  const isEqual = (at: number, to: number): boolean => isSame(one[at] as Item, other[to] as Item);
  let start = 0;
  while (start < shorter && isEqual(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && isEqual(one.length - 1 - end, other.length - 1 - end)) end += 1;
  return { one: one.slice(start, one.length - end), other: other.slice(start, other.length - end) };
}
