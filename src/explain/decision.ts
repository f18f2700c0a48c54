import type { ModelSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import type { Service } from '../model/service.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Workload } from '../model/workload.ts';
import type { ConfigDocument } from '../render/document.ts';

/** The snapshot and the decision on it: all that explanations are made of. */
export interface Decision {
  readonly snapshot: Snapshot;
  readonly settings: ModelSettings;
  /** The served services. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  readonly document: ConfigDocument;
  /** Why HAProxy does not run this, in a sentence; undefined: no reason is known. */
  readonly notLive?: string | undefined;
}

/** An app by its id, with or without the first slash; undefined: Marathon has none. */
export function findApp({ snapshot }: Decision, id: string): Workload | undefined {
  const whole = id.startsWith('/') ? id : `/${id}`;
  return snapshot.workloads.find((app) => app.id === whole);
}
