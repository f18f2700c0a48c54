import type { Logger } from '../../log/logger.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { type Applied, type Refused, refused } from '../applier.ts';
import type { ConfigStore } from '../files/config-store.ts';
import type { Inspected, Runtime } from '../runtime/runtime.ts';

export interface RepairDeps {
  readonly runtime: Runtime;
  readonly files: Pick<ConfigStore, 'isForeign'>;
  readonly log: Logger;
  /** Another process than before is known to answer. */
  readonly isRestarted?: boolean;
}

/**
 * Brings what HAProxy has to what its document says it should have, and logs what differed.
 */
export async function repairDrift(
  doc: ConfigDocument,
  { runtime, files, log, isRestarted = false }: RepairDeps,
  signal: AbortSignal,
): Promise<Applied | Refused | Extract<Inspected, { kind: 'unreachable' }>> {
  const found = await runtime.inspect(doc, signal);
  if (found.kind === 'unreachable') return found;
  if ((isRestarted || found.isRestarted) && (await files.isForeign())) return refused([FOREIGN]);
  if (found.texts.length === 0) return { kind: 'unchanged' };
  const told = summary(found.texts);
  log.warn(`HAProxy does not have what its configuration says; somebody changed or restarted it. It is repaired: ${told}`);
  const reasons = [`HAProxy has something else than its configuration: ${told}`];
  if (found.reload !== undefined) return refused([...reasons, found.reload]);
  const result = await runtime.run(doc, found.ops, signal);
  if (result.kind === 'done') return { kind: 'runtime', commands: result.commands };
  return refused(result.kind === 'refused' ? [...reasons, result.reason] : reasons);
}

/** Rules and settings of frontends are not what HAProxy can be asked about. */
export const FOREIGN = 'HAProxy may run files that somebody else wrote';

function summary(texts: readonly string[]): string {
  const shown = texts.slice(0, 10).join('; ');
  return texts.length > 10 ? `${shown}; and ${texts.length - 10} more` : shown;
}
