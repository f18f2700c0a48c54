import { changedMiddle } from '../lib/changed-middle.ts';
import type { Certificate } from '../model/certificates/certificate.ts';
import { type ConfigDocument, listsCertificates, type Section, type ServerLine } from '../render/document.ts';
import { type DocumentFile, kindOf } from '../render/files/kinds.ts';
import type { CertificateChange, Change, FileChange, ServerChanges } from './change.ts';

/** Returns all differences of two documents, in the order of the next one; what went away comes last, files after it. */
export function compare(current: ConfigDocument, next: ConfigDocument): Change[] {
  if (current === next) return [];
  const changes = current.sections === next.sections ? [] : compareSections(current.sections, next.sections);
  const files = compareFiles(current.files, next.files);
  return [...changes, ...files, ...compareCertificates(current.certificates, next.certificates, listsCertificates(next))];
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
  const { gone, come } = changedMiddle(one, other, (a, b) => a.text === b.text);
  return textOf(gone) === textOf(come);
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

function compareFiles(current: readonly DocumentFile[], next: readonly DocumentFile[]): FileChange[] {
  if (current === next) return [];
  const changes: FileChange[] = [];
  for (const name of new Set([...current, ...next].map((file) => file.name))) {
    const before = current.find((file) => file.name === name);
    const after = next.find((file) => file.name === name);
    const file = after ?? before;
    const difference = file && kindOf(file).difference(before, after);
    if (file && difference !== undefined) changes.push({ kind: 'file', fileKind: file.kind, name, before, after, difference });
  }
  return changes;
}

/** Those that HAProxy's configuration names itself cannot come or go without it. */
function compareCertificates(
  current: readonly Certificate[] | undefined,
  next: readonly Certificate[] | undefined,
  isListed: boolean,
): CertificateChange[] {
  if (current === next || current === undefined || next === undefined) return [];
  const changes: CertificateChange[] = [];
  const old = new Map(current.map((each) => [each.path, each]));
  for (const after of next) {
    const before = old.get(after.path);
    old.delete(after.path);
    if (before?.digest !== after.digest) changes.push({ kind: 'certificate', before, after, isListed });
  }
  if (isListed) for (const before of old.values()) changes.push({ kind: 'certificate', before, after: undefined, isListed });
  return changes;
}
