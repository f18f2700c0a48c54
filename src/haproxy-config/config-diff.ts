import { structuredPatch } from 'diff';
import { redact } from './redact.ts';

export interface DiffLimits {
  /** Lines that are shown; what is beyond is counted. */
  readonly lines?: number;
  /** Milliseconds that may be spent; very different texts take long (time grows with the square). */
  readonly timeout?: number;
}

/** Returns a unified diff for the log: without passwords, bounded in length and time. Empty if the texts are equal. */
export function unifiedDiff(path: string, before: string, after: string, limits: DiffLimits = {}): string {
  if (before === after) return '';
  const lines = [`--- ${path}`, `+++ ${path}`, ...hunksOf(before, after, limits.timeout ?? 500)];
  const shown = lines.slice(0, limits.lines ?? 400);
  if (shown.length < lines.length) shown.push(`… ${lines.length - shown.length} more lines`);
  return redact(shown.join('\n'));
}

function hunksOf(before: string, after: string, timeout: number): string[] {
  // Equal ends are cut off first: then the cost follows the change, not the fleet.
  const cut = equalEnds(before, after);
  const patch = structuredPatch(
    'a',
    'b',
    before.slice(cut.start, before.length - cut.end),
    after.slice(cut.start, after.length - cut.end),
    '',
    '',
    {
      timeout,
    },
  );
  if (patch === undefined) return [`(too different to compare: ${count(before)} lines before, ${count(after)} after)`];
  return patch.hunks.flatMap((hunk) => [
    `@@ -${range(hunk.oldStart + cut.lines, hunk.oldLines)} +${range(hunk.newStart + cut.lines, hunk.newLines)} @@`,
    ...hunk.lines,
  ]);
}

/** The range of an empty side begins at the line before it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}

/** Characters at both ends that are equal, in whole lines but for `CONTEXT` lines beside the change; and lines before it. */
function equalEnds(before: string, after: string): { start: number; end: number; lines: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  let end = 0;
  while (end < shorter - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end += 1;
  for (let line = 0; line <= CONTEXT && start > 0; line += 1) start = before.lastIndexOf('\n', start - 2) + 1;
  let tail = before.length - end;
  for (let line = 0; line <= CONTEXT && tail < before.length; line += 1) {
    const next = before.indexOf('\n', tail);
    tail = next < 0 ? before.length : next + 1;
  }
  return { start, end: before.length - tail, lines: count(before.slice(0, start)) };
}

const CONTEXT = 4;

function count(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
