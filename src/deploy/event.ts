import type { Difference } from './definition/differences.ts';
import type { Step, Write } from './types.ts';
import type { SideSummary } from './report/summary.ts';
import type { Written } from './io/marathon-writes.ts';

/** The events of a deploy: lines of the log, the view on a terminal and `--output json` are made of them. */
export type DeployEvent =
  | { readonly type: 'definition'; readonly app: object }
  | { readonly type: 'differences'; readonly differences: readonly Difference[]; readonly why: string }
  | { readonly type: 'plan'; readonly steps: readonly string[] }
  | {
      readonly type: 'look';
      readonly sides: readonly SideSummary[];
      readonly step: Step;
      readonly remaining?: number | undefined;
    }
  | { readonly type: 'create'; readonly app: string; readonly outcome: Written }
  | { readonly type: 'write'; readonly step: Write; readonly outcome: Written }
  | { readonly type: 'trouble'; readonly why: string }
  | { readonly type: 'hook'; readonly line: string }
  | { readonly type: 'answer'; readonly question: string; readonly yes: boolean }
  | { readonly type: 'turned-back'; readonly why: string }
  | { readonly type: 'end'; readonly status: number; readonly why: string };
