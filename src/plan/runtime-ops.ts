import type { ConfigDocument, Section } from '../render/document.ts';
import { kindOf } from '../render/files/kinds.ts';
import type { CertificateChange, Change, FileChange } from './change.ts';
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
  const count = countCostly(ops);
  if (count > MAX_OPS) return reload(...reasons, `${count} commands at once cost more than a reload`);
  return { kind: 'runtime', ops: ops.toSorted((a, b) => turn(a) - turn(b)), reasons, changes };
}

/** Certificates do not count: HAProxy takes each in a millisecond, and would read all of them at a reload. */
export function countCostly(ops: readonly Op[]): number {
  return ops.filter(({ kind }) => kind !== 'certificate' && kind !== 'certificate-gone').length;
}

/** Returns undefined if the change needs a reload in any case. */
function opsOf(change: Change, head: Section | undefined): Ops | undefined {
  if (!isRuntime(change)) return undefined;
  if (change.kind === 'servers') return serverOps(change, head);
  return change.kind === 'file' ? fileOps(change) : certificateOps(change);
}

function fileOps({ fileKind, name, before, after }: FileChange): Ops {
  if (after === undefined) return { kind: 'reload', reason: `${fileKind} ${name} is gone` };
  const reason = before === undefined ? undefined : kindOf(after).reloadFor?.(before, after);
  return reason === undefined ? { kind: 'ops', ops: [{ kind: 'file', file: after }] } : { kind: 'reload', reason };
}

function certificateOps({ before, after, isListed }: CertificateChange): Ops {
  if (after !== undefined) return { kind: 'ops', ops: [{ kind: 'certificate', certificate: after, mayAdd: isListed }] };
  return { kind: 'ops', ops: before === undefined ? [] : [{ kind: 'certificate-gone', path: before.path }] };
}

function isRuntime(change: Change): change is Extract<Change, { kind: 'servers' | 'file' | 'certificate' }> {
  return (
    change.kind === 'file' || change.kind === 'certificate' || (change.kind === 'servers' && change.section.kind === 'backend')
  );
}

/** A list names certificates that HAProxy has, and HAProxy forgets those that no list names. */
function turn({ kind }: Op): number {
  if (kind === 'certificate') return 0;
  if (kind === 'certificate-gone') return 3;
  return kind === 'remove' || kind === 'disable' ? 2 : 1;
}
