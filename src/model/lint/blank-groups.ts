/** Groups that only blanks keep from being one of this load balancer: 1.15 compares them as they are written. */
import type { ServiceLabels } from '../labels/definition.ts';
import type { Problem } from '../problem.ts';
import type { Workload } from '../workload.ts';
import { shown } from '../values/parsed.ts';

/** For service ports 0 to `count` - 1 of an app; `groups` are those of the load balancer. */
export function blankGroups(
  app: Workload,
  byIndex: ReadonlyMap<number, ServiceLabels>,
  count: number,
  groups: readonly string[],
): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (let index = 0; index < count; index += 1) {
    const own = byIndex.get(index)?.GROUP;
    const text = own ?? app.labels.HAPROXY_GROUP;
    if (text === undefined || !/\s/.test(text)) continue;
    const names = text.split(',');
    if (groups.includes('*') || names.some((name) => groups.includes(name))) continue;
    const missed = names.find((name) => groups.includes(name.trim()));
    const label = own === undefined ? 'HAPROXY_GROUP' : `HAPROXY_${index}_GROUP`;
    if (missed !== undefined) found.set(label, problemOf(app.id, label, missed));
  }
  return [...found.values()];
}

function problemOf(app: string, label: string, group: string): Problem {
  const name = group.trim().slice(0, 200);
  const detail = `the group ${shown(group)} of ${label} has blanks, so that it is not the group ${name} of this load balancer`;
  return { code: 'label-malformed', app, label, detail, fix: `take the blanks out of ${label}` };
}
