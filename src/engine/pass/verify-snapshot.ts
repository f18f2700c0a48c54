/** Verifies a snapshot: one that removes most servers is held, unless HAProxy's own checks found those servers down before. */
import type { Applier } from '../../haproxy/applier.ts';
import type { DownServers } from '../../haproxy/runtime/down-servers.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { RemovalGuard, Held, Serving } from '../snapshot/removal-guard.ts';
import type { PassState } from './state.ts';

export interface VerifyOptions {
  /** Left out: nothing is held. */
  readonly guard?: RemovalGuard;
  /** Left out: HAProxy is not asked. */
  readonly down?: DownServers;
  readonly applier: Pick<Applier, 'onDisk'>;
}

/** Returns undefined if the services may be served. `isComplete`: they come from a read of everything. */
export async function verifySnapshot(
  services: readonly Serving[],
  isComplete: boolean,
  { live = [], current }: Pick<PassState, 'live' | 'current'>,
  { guard, down, applier }: VerifyOptions,
  signal: AbortSignal,
): Promise<Held | undefined> {
  const first = guard?.review(live, services, isComplete);
  if (guard === undefined || first?.kind !== 'held') return undefined;
  const doc = current ?? headOf((await applier.onDisk()).config);
  if (down === undefined || doc === undefined) return first;
  const second = guard.review(live, services, isComplete, await down(doc, signal));
  return second.kind === 'believed' ? undefined : first;
}

/** Returns a document around the text of a configuration, which is all that is known at start: the socket's path stands in it. */
function headOf(config: string | undefined): ConfigDocument | undefined {
  return config === undefined ? undefined : { sections: [{ kind: 'head', name: 'head', blocks: [{ text: config }] }], files: [] };
}
