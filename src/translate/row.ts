/** What a row of the table of old words is given and what it returns. */
import type { HaproxyFeatures } from '../config/versions/version.ts';

/** Where a line stands. */
export type SectionKind = 'global' | 'defaults' | 'frontend' | 'backend' | 'listen' | 'other';

export interface OldLine {
  /** Words as HAProxy reads them, the first one in lower case; without `no`. */
  readonly words: readonly string[];
  readonly section: SectionKind;
  /** Whether `no` stands before the words. */
  readonly isNegated: boolean;
  /** How braces are written: doubled in a template with placeholders. */
  readonly braces: { readonly open: string; readonly close: string };
}

/** Lines as lists of words (they are quoted where they are written); empty: the line is taken away. A text: why there are none, and what to write. */
export type Modern = readonly (readonly string[])[] | { readonly advice: string };

/**
 * When a line of a rule set was looked at in HAProxy 1.x: `block` first, then the `http-…` rules, then the regular expressions on lines, then the headers
 * that are added. Lines of other kinds stay where they are.
 */
export type Phase = 'blocks' | 'rules' | 'lines' | 'headers';

export interface OldWord {
  /** As documentation shows it: `reqrep`, `option forceclose`. */
  readonly name: string;
  /** First words of the lines that the row is for. */
  readonly starts: readonly string[];
  readonly sections: readonly SectionKind[];
  /** Since when HAProxy refuses it, for documentation. */
  readonly refusedSince: string;
  /** Whether this HAProxy refuses it; left out: each does that is supported. */
  readonly isRefused?: (features: HaproxyFeatures) => boolean;
  /** Of an example: the line and what comes of it; proved by tests. */
  readonly example: { readonly section: SectionKind; readonly old: string; readonly lines: readonly string[] };
  /** What to know about it. */
  readonly remark: string;
  readonly rules?: { readonly side: 'http-request' | 'http-response'; readonly phase: Phase };
  /** Returns undefined if the row is not for this line. */
  readonly modern: (line: OldLine) => Modern | undefined;
}
