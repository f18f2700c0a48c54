import type { ModelSettings } from '../config/settings.ts';
import type { Problem } from '../model/problem.ts';
import type { Service } from '../model/service.ts';
import type { App, Snapshot } from '../model/snapshot.ts';
import type { ConfigDocument } from '../render/document.ts';

/** What was read and what was decided on it: all that explanations are made of. */
export interface Decision {
  readonly snapshot: Snapshot;
  readonly settings: ModelSettings;
  /** What is served. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  readonly document: ConfigDocument;
}

/** An app by its id, with or without the first slash; undefined: Marathon has none. */
export function findApp({ snapshot }: Decision, id: string): App | undefined {
  const whole = id.startsWith('/') ? id : `/${id}`;
  return snapshot.apps.find((app) => app.id === whole);
}
