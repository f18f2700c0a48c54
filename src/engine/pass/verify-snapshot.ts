/** Whether what Marathon says is held: the guard's doubts, and what HAProxy's own checks have to say to them. */
import type { Applier } from '../../haproxy/applier.ts';
import type { DownServers } from '../../haproxy/runtime/down-servers.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Guard, Held, Serving } from '../snapshot/removal-guard.ts';
import type { PassState } from './state.ts';
import { servedBy } from '../snapshot/servers-in-config.ts';

export interface Doubter {
  /** Left out: Marathon is believed at once. */
  readonly guard?: Guard;
  /** Left out: HAProxy is not asked. */
  readonly down?: DownServers;
  readonly applier: Pick<Applier, 'onDisk'>;
  readonly state: Pick<PassState, 'live' | 'current'>;
}

/** Undefined: it may be served. `isComplete`: it comes of a read of everything. */
export async function doubt(
  after: readonly Serving[],
  isComplete: boolean,
  { guard, down, applier, state }: Doubter,
  signal: AbortSignal,
): Promise<Held | undefined> {
  if (guard === undefined) return undefined;
  const { config } = state.live === undefined ? await applier.onDisk() : {};
  const live = (state.live ??= servedBy(config));
  const first = guard.review(live, after, isComplete);
  if (first.kind === 'believed') return undefined;
  const doc = state.current ?? headOf(config);
  if (down === undefined || doc === undefined) return first;
  const second = guard.review(live, after, isComplete, await down(doc, signal));
  return second.kind === 'believed' ? undefined : first;
}

/** All that is known at start; what is looked for stands in it somewhere. */
function headOf(config: string | undefined): ConfigDocument | undefined {
  return config === undefined ? undefined : { sections: [{ kind: 'head', name: 'head', blocks: [{ text: config }] }], files: [] };
}
