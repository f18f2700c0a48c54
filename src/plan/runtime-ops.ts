import type { ConfigDocument } from '../render/document.ts';
import type { Change } from './change.ts';
import type { Op, Ops } from './operations.ts';
import { reasonOf } from './reason.ts';
import { serverOps } from './server-ops.ts';

/** Above so many operations a reload is cheaper: the cost of adding servers grows with the square (HAProxy 2.6). */
export const MAX_OPS = 300;

/**
 * The operations that bring all changes live, in the order they are to be run: servers come before others go. A reload
 * with its reasons if anything else than servers and the content of files changed; `next` is the document to come.
 */
export function runtimeOps(
  changes: readonly Change[],
  next: ConfigDocument,
): { readonly ops: readonly Op[]; readonly reasons: readonly string[] } | { readonly reload: readonly string[] } {
  const reasons = changes.map(reasonOf);
  const head = next.sections.find((section) => section.kind === 'head');
  const ops: Op[] = [];
  for (const change of changes) {
    const found = opsOf(change, head);
    if (found === undefined) return { reload: changes.filter((each) => !isRuntime(each)).map(reasonOf) };
    if (found.kind === 'reload') return { reload: [...reasons, found.reason] };
    ops.push(...found.ops);
  }
  if (ops.length > MAX_OPS) return { reload: [...reasons, `${ops.length} commands at once cost more than a reload`] };
  return { ops: ops.toSorted((a, b) => turn(a) - turn(b)), reasons };
}

/** Undefined: never without a reload. */
function opsOf(change: Change, head: ConfigDocument['sections'][number] | undefined): Ops | undefined {
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
