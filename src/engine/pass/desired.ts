/** What is to be served, as far as that can be said without asking HAProxy. */
import type { Model } from '../../model/build.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Rendered } from '../../render/render.ts';
import { type LastGood, type StandIns, withHeld } from '../quarantine/fallback.ts';
import type { Past, Rejections } from '../quarantine/candidate.ts';
import { withoutRejected } from '../quarantine/without-rejected.ts';

export type Render = (services: readonly Service[]) => Rendered;

export interface Desired {
  /** The rendering without what HAProxy refused before. */
  readonly document: ConfigDocument;
  /** What the document was rendered from. */
  readonly served: readonly Service[];
  /** All services: those that HAProxy refused before, too, as their apps have them now. */
  readonly candidates: readonly Service[];
  /** Of the apps and of their labels for templates. */
  readonly problems: readonly Problem[];
  /** What HAProxy refused before and is still the same. */
  readonly refused: readonly Problem[];
}

/** `rejected` is empty where HAProxy is not asked: nothing is known to be refused then. */
export function desired(model: Model, past: DesiredPast, render: Render): Desired {
  const held = withHeld(model, past.lastGood);
  const found = attempt(held.services, past, render);
  return found.problems.length === 0
    ? { ...found, problems: held.problems }
    : { ...found, problems: [...held.problems, ...found.problems] };
}

export interface DesiredPast {
  readonly lastGood: LastGood;
  readonly rejected: Rejections;
  readonly served?: Past['served'];
  readonly mayRetry?: Past['mayRetry'];
}

function attempt(candidates: StandIns['services'], past: DesiredPast, render: Render): Desired {
  const { services: served, problems: refused } = withoutRejected(candidates, past);
  return { candidates, served, refused, ...render(served) };
}
