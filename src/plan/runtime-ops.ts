import type { ConfigDocument, Section } from '../render/document.ts';
import type { Change } from './change.ts';
import type { Op, Ops } from './operations.ts';
import type { Plan } from './operations.ts';
import { reasonOf } from './describe.ts';
import { serverOps } from './server-ops.ts';

/** Above so many operations a reload is cheaper: the cost of adding servers grows with the square (HAProxy 2.6). */
export const MAX_OPS = 300;

/**
 * Plans how changes go live: by operations in their order (servers come before others go), or by a reload if anything else than servers and
 * the content of files changed. `next` is the document to come.
 */
export function planChanges(changes: readonly Change[], next: ConfigDocument): Exclude<Plan, { kind: 'nothing' }> {
  const reload = (...reasons: readonly string[]) => ({ kind: 'reload', reasons, changes }) as const;
  const reasons = changes.map(reasonOf);
  const head = next.sections.find((section) => section.kind === 'head');
  const ops: Op[] = [];
  for (const change of changes) {
    const found = opsOf(change, head);
    if (found === undefined) return reload(...changes.filter((each) => !isRuntime(each)).map(reasonOf));
    if (found.kind === 'reload') return reload(...reasons, found.reason);
    ops.push(...found.ops);
  }
  if (ops.length > MAX_OPS) return reload(...reasons, `${ops.length} commands at once cost more than a reload`);
  return { kind: 'runtime', ops: ops.toSorted((a, b) => turn(a) - turn(b)), reasons, changes };
}

/** Returns undefined if the change needs a reload in any case. */
function opsOf(change: Change, head: Section | undefined): Ops | undefined {
  if (!isRuntime(change)) return undefined;
  if (change.kind === 'servers') return serverOps(change, head);
  return change.after === undefined
    ? { kind: 'reload', reason: `${change.fileKind} ${change.name} is gone` }
    : { kind: 'ops', ops: [{ kind: 'file', file: change.after }] };
}

function isRuntime(change: Change): change is Extract<Change, { kind: 'servers' | 'file' }> {
  return change.kind === 'file' || (change.kind === 'servers' && change.section.kind === 'backend');
}

function turn(op: Op): number {
  return op.kind === 'remove' || op.kind === 'disable' ? 1 : 0;
}
