/** The labels of an app as a whole: those that become names, or that other programs read. */
import { isEmpty, parseLabel, remarksOf } from './parse-label.ts';
import type { LabelRow } from './rows/row.ts';
import { labels } from './table.ts';
import type { Problem } from '../problem.ts';
import type { Workload } from '../workload.ts';
import type { LabelLimits } from '../values/limits.ts';
import { shown } from '../values/parsed.ts';

/** Returns what is wrong with the values of an app's labels without a number. */
export function appLabels(app: Workload, limits: LabelLimits): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { name, type } of ROWS) {
    const label = `HAPROXY_${name}`;
    const text = app.labels[label];
    if (text === undefined || isEmpty(text)) continue;
    const parsed = parseLabel(type, text, limits);
    if ('value' in parsed) problems.push(...remarksOf(app.id, label, parsed));
    else {
      const detail = `${label} is ${shown(text)}, it ${parsed.must} (it counts as if it were not there)`;
      problems.push({ code: 'label-malformed', app: app.id, label, detail });
    }
  }
  return problems;
}

/** The others are the business of `model/groups/draining-side.ts`, and wrong only while two apps are one. */
const ROWS: readonly LabelRow[] = (labels as readonly LabelRow[]).filter(
  ({ per, refused }) => per === 'app' && refused === 'label',
);
