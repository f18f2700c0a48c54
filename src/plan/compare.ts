import type { ConfigDocument, MapFile, Section, ServerLine } from '../render/document.ts';
import { printMap } from '../render/document.ts';
import type { Change, ServerChanges } from './change.ts';

/** All differences of two documents, in the order of the next one; what went away comes last, maps after it. */
export function compare(current: ConfigDocument, next: ConfigDocument): Change[] {
  if (current === next) return [];
  const changes = current.sections === next.sections ? [] : compareSections(current.sections, next.sections);
  return [...changes, ...compareMaps(current.maps, next.maps)];
}

/** Sections kept from the current document cost nothing at both ends: there is usually one change between them. */
function compareSections(current: readonly Section[], next: readonly Section[]): Change[] {
  const shorter = Math.min(current.length, next.length);
  let start = 0;
  while (start < shorter && current[start] === next[start]) start += 1;
  let end = 0;
  while (end < shorter - start && current[current.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  return compareMiddle(current.slice(start, current.length - end), next.slice(start, next.length - end));
}

function compareMiddle(current: readonly Section[], next: readonly Section[]): Change[] {
  const changes: Change[] = [];
  const before = new Map(current.map((section) => [keyOf(section), section]));
  const kept: string[] = [];
  for (const after of next) {
    const key = keyOf(after);
    const old = before.get(key);
    before.delete(key);
    if (old === undefined) changes.push({ kind: 'section-new', section: after });
    else changes.push(...compareSection(old, after));
    if (old !== undefined) kept.push(key);
  }
  for (const section of before.values()) changes.push({ kind: 'section-gone', section });
  const remaining = current.map(keyOf).filter((key) => !before.has(key));
  if (kept.some((key, at) => key !== remaining[at])) changes.push({ kind: 'order' });
  return changes;
}

function keyOf(section: Section): string {
  return `${section.kind} ${section.name}`;
}

function compareSection(before: Section, after: Section): Change[] {
  if (before === after) return [];
  const blocksDiffer = before.blocks !== after.blocks && textOf(before.blocks) !== textOf(after.blocks);
  if (blocksDiffer) return [{ kind: 'section-changed', before, after }];
  if (before.servers === after.servers) return [];
  const servers = compareServers(before.servers ?? [], after.servers ?? []);
  const same = servers.added.length + servers.removed.length + servers.changed.length === 0 && !servers.moved;
  return same ? [] : [{ kind: 'servers', section: after, servers }];
}

function textOf(blocks: readonly { readonly text: string }[]): string {
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
    const before = current.find((map) => map.name === name);
    const after = next.find((map) => map.name === name);
    if (before === after || (before !== undefined && after !== undefined && printMap(before) === printMap(after))) continue;
    const old = linesOf(before);
    const fresh = linesOf(after);
    changes.push({
      kind: 'map',
      name,
      added: [...fresh].filter((line) => !old.has(line)).length,
      removed: [...old].filter((line) => !fresh.has(line)).length,
    });
  }
  return changes;
}

function linesOf(map: MapFile | undefined): Set<string> {
  return new Set(map?.entries.map(([key, backend]) => `${key} ${backend}`));
}
