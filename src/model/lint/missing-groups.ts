import type { Workload } from '../workload.ts';

const GROUP_LABEL = /^HAPROXY_(?:\d+_)?GROUP$/;
const MOST_SHOWN = 10;

/**
 * Returns a sentence if no app is in one of the load balancer's groups: most likely the name has a typing error. It lists the groups that
 * there are, with the number of their apps. Undefined if each group has an app, or if there are no apps at all.
 */
export function missingGroups(apps: readonly Pick<Workload, 'labels'>[], groups: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { labels } of apps) {
    const named = Object.entries(labels).flatMap(([name, value]) => (GROUP_LABEL.test(name) ? value.split(',') : []));
    for (const group of new Set(named)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const missing = groups.filter((group) => group !== '*' && !counts.has(group));
  if (missing.length === 0 || apps.length === 0) return undefined;
  const known = [...counts].filter(([group]) => group.trim() !== '').sort(([, a], [, b]) => b - a);
  const shown = known.slice(0, MOST_SHOWN).map(([group, count]) => `${group.slice(0, 100)} (${count})`);
  const more = known.length > MOST_SHOWN ? `, and ${known.length - MOST_SHOWN} more` : '';
  const there = known.length === 0 ? 'no app has a group' : `there are ${shown.join(', ')}${more}`;
  return `no app has HAPROXY_GROUP ${missing.join(' or ')}; ${there} (--group)`;
}
