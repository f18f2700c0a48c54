import type { Applied } from '../../haproxy/applied.ts';
import type { Applier, Refused } from '../../haproxy/applier.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ConfigDocument } from '../../render/document.ts';

/** Says to the running HAProxy what a plan has for it; `mend`: it is also compared with what it should have. */
export async function withoutReload(
  applier: Pick<Applier, 'change' | 'reconcile'>,
  doc: ConfigDocument,
  planned: Exclude<Plan, { kind: 'reload' }>,
  mend: boolean,
  signal: AbortSignal,
): Promise<Applied | Refused> {
  if (planned.kind === 'nothing') return mend ? applier.reconcile(doc, signal) : { kind: 'unchanged' };
  const done = await applier.change(doc, planned, signal);
  if (done.kind !== 'runtime' || !mend) return done;
  const mended = await applier.reconcile(doc, signal);
  if (mended.kind === 'runtime') return { kind: 'runtime', commands: [...done.commands, ...mended.commands] };
  return mended.kind === 'unchanged' ? done : mended;
}
