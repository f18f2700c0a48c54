import { unifiedDiff } from '../../haproxy-config/config-diff.ts';
import { redact } from '../../haproxy-config/redact.ts';
import type { Change } from '../../plan/change.ts';
import { reasonOf } from '../../plan/describe.ts';
import { print, printSection, type Section, type ServerLine } from '../../render/document.ts';
import type { PassRecord } from './journal.ts';

/** Limits for one diff; the rest is counted. */
const MOST_LINES = 400;
const MOST_CHARACTERS = 60_000;

/**
 * The difference of two configurations, section by section, passwords blotted out and bounded: it costs what changed, not the whole
 * configuration. Empty for no changes.
 */
export function diffOf(changes: readonly Change[]): string {
  const lines: string[] = [];
  let length = 0;
  for (const [at, change] of changes.entries()) {
    const part = partOf(change, MOST_LINES - lines.length);
    lines.push(...part);
    for (const line of part) length += line.length;
    const left = changes.length - 1 - at;
    if (left > 0 && (lines.length >= MOST_LINES || length > MOST_CHARACTERS)) {
      lines.push(`… and ${left} more changes`);
      break;
    }
  }
  return bounded(lines.join('\n'));
}

function bounded(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n… (cut)` : text;
}

/** The difference of the first configuration after a start and the one that was on disk, bounded as well. Empty where nothing is known. */
export function diffFromDisk({ onDisk, after }: Pick<PassRecord, 'onDisk' | 'after'>): string {
  if (onDisk === undefined || after === undefined) return '';
  return bounded(unifiedDiff('configuration', onDisk, print(after), { lines: MOST_LINES, timeout: 200 }));
}

function partOf(change: Change, room: number): string[] {
  switch (change.kind) {
    case 'section-new':
      return sectionDiff(change.section, '', printSection(change.section), room);
    case 'section-gone':
      return sectionDiff(change.section, printSection(change.section), '', room);
    case 'section-changed':
      return sectionDiff(change.after, printSection(change.before), printSection(change.after), room);
    case 'servers': {
      const { added, removed, changed } = change.servers;
      const minus = [...removed, ...changed.map(({ before }) => before)].flatMap((server) => marked('-', server));
      const plus = [...changed.map(({ after }) => after), ...added].flatMap((server) => marked('+', server));
      return [titleOf(change.section), ...[...minus, ...plus].slice(0, room)];
    }
    case 'order':
      return ['(the order of sections changed)'];
    case 'file':
      return [`(${change.fileKind} ${change.name}: ${change.difference})`];
    case 'certificate':
      return [`(${reasonOf(change)})`];
  }
}

function sectionDiff(section: Section, before: string, after: string, room: number): string[] {
  const limits = { lines: room + HEADER, timeout: 100 };
  return [titleOf(section), ...unifiedDiff('', before, after, limits).split('\n').slice(HEADER)];
}

/** Lines of file names, which sections have not. */
const HEADER = 2;

function marked(sign: '+' | '-', { text }: ServerLine): string[] {
  return redact(text)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : `${sign}${line}`));
}

function titleOf({ kind, name }: Section): string {
  return `=== ${kind === 'head' ? 'head' : `${kind} ${name}`}`;
}
