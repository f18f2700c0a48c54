/** Reads the value of one label. */
import type { Problem } from '../problem.ts';
import type { LabelLimits } from '../values/limits.ts';
import type { Parsed } from '../values/parsed.ts';
import { hasLines, type LabelType, parsers } from './values.ts';

/** Reads the value of a label that is not empty. `parse`: in place of the parser of its type. */
export function parseLabel(
  type: LabelType,
  text: string,
  limits: LabelLimits,
  parse: (text: string, limits: LabelLimits) => Parsed<unknown> = parsers[type],
): Parsed<unknown> {
  if (text.length > limits.labelLength) {
    return { must: `must have at most ${limits.labelLength} characters, not ${text.length} (--max-label-length)` };
  }
  const controls = hasLines(type) ? /[\r\0]/ : /[\n\r\0]/;
  return controls.test(text) ? { must: 'must be one line' } : parse(text, limits);
}

/** Reads such a value again without parsing it, mostly: many apps have the same, and each pass over all apps has it again. */
export function parseOnce(type: LabelType, text: string, limits: LabelLimits): Parsed<unknown> {
  if (text.length > LONGEST_REMEMBERED) return parseLabel(type, text, limits);
  let remembered = parsedTexts.get(limits);
  if (remembered === undefined) parsedTexts.set(limits, (remembered = new Map()));
  const key = `${type} ${text}`;
  let parsed = remembered.get(key);
  if (parsed === undefined) {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, (parsed = parseLabel(type, text, limits)));
  }
  return parsed;
}

const LONGEST_REMEMBERED = 200;
const MOST_REMEMBERED = 20_000;
const parsedTexts = new WeakMap<LabelLimits, Map<string, Parsed<unknown>>>();

/** Returns the notes and faults of a label that has a value. */
export function remarksOf(
  app: string,
  label: string,
  parsed: Exclude<Parsed<unknown>, { readonly must: string }>,
): readonly Problem[] {
  const { notes = [], faults = [] } = parsed;
  return [
    ...notes.map((note): Problem => ({ code: 'label-adjusted', app, label, detail: `${label} ${note}` })),
    ...faults.map(({ detail, fix }): Problem => ({ code: 'label-malformed', app, label, detail: `${label} ${detail}`, fix })),
  ];
}

/** Returns whether a label is empty, so that it is ignored (packages write all labels that they know). */
export function isEmpty(text: string): boolean {
  return text.trim() === '';
}
