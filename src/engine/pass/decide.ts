/** Decides what is served, without asking HAProxy: the same function for a pass, for `--dry` and for `explain`. */
import type { ModelSettings } from '../../config/settings.ts';
import { build, type BuildMemo } from '../../model/build.ts';
import type { Holders } from '../../model/conflicts/holders.ts';
import type { Problem } from '../../model/problem.ts';
import type { Service } from '../../model/service.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { ConfigDocument } from '../../render/document.ts';
import type { Rendered } from '../../render/render.ts';
import type { Past as CandidatePast, Rejections } from '../quarantine/candidate.ts';
import { fallbackFor, withMalformed } from '../quarantine/fallback.ts';
import { withoutRejected } from '../quarantine/without-rejected.ts';

export type Render = (services: readonly Service[]) => Rendered;

/** The results of earlier passes. */
export interface Past extends CandidatePast {
  /** Who holds which ports, hosts and names. */
  readonly holders?: Holders | undefined;
  readonly rejected: Rejections;
}

/** Nothing is known yet. */
export const NO_PAST: Past = { lastGood: new Map(), rejected: new Map() };

export interface Decision {
  /** What the document was rendered from. */
  readonly services: readonly Service[];
  readonly document: ConfigDocument;
  /** Of the apps and of their labels for templates. */
  readonly problems: readonly Problem[];
  /** Services that HAProxy rejected before and that did not change since: why, and whether they are left out. */
  readonly rejected: readonly Problem[];
  /** All services, as their apps define them now: those that HAProxy rejected before, too. */
  readonly candidates: readonly Service[];
  /** Who holds which ports, hosts and names from now on. */
  readonly holders: Holders;
}

export interface DecideOptions {
  readonly model: ModelSettings;
  readonly render: Render;
  /** The result of the last call; only changes since then are built again. */
  readonly memo?: BuildMemo;
  /** Measures how long a part takes. */
  readonly measure?: <T>(stage: 'build' | 'render', work: () => T) => T;
}

/** Returns what is served by this snapshot and this past. Changes nothing but the memos of `options`. */
export function decide(snapshot: Snapshot, past: Past, options: DecideOptions): Decision {
  const { measure = (_, work) => work() } = options;
  const { rejected, lastGood } = past;
  const model = measure('build', () => build(snapshot, options.model, options.memo, past.holders, fallbackFor(lastGood)));
  return measure('render', () => {
    const { services: candidates, problems } = withMalformed(model, lastGood);
    const { services, problems: stillRejected } = withoutRejected(candidates, { ...past, rejected });
    const rendered = options.render(services);
    return {
      services,
      document: rendered.document,
      problems: rendered.problems.length === 0 ? problems : [...problems, ...rendered.problems],
      rejected: stillRejected,
      candidates,
      holders: model.holders,
    };
  });
}
