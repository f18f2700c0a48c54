import { expect, it } from 'vitest';
import { missingGroups } from './missing-groups.ts';

const apps = [
  { labels: { HAPROXY_GROUP: 'external' } },
  { labels: { HAPROXY_GROUP: 'external,internal', HAPROXY_1_GROUP: 'external' } },
  { labels: { HAPROXY_0_VHOST: 'a.test' } },
];

it.each<[readonly string[], string | undefined]>([
  [['typo'], 'no app has HAPROXY_GROUP typo; there are external (2), internal (1) (--group)'],
  [['internal', 'typo', 'other'], 'no app has HAPROXY_GROUP typo or other; there are external (2), internal (1) (--group)'],
  [['internal', 'external'], undefined],
  [['*'], undefined],
])('the groups %j', (groups, said) => {
  expect(missingGroups(apps, groups)).toBe(said);
});

it('knows nothing of an empty Marathon, and says if no app has a group', () => {
  expect(missingGroups([], ['external'])).toBeUndefined();
  expect(missingGroups([{ labels: {} }], ['external'])).toBe('no app has HAPROXY_GROUP external; no app has a group (--group)');
});

it('shows the largest of many', () => {
  const many = Array.from({ length: 12 }, (_, at) => ({ labels: { HAPROXY_GROUP: `g${at}` } }));
  expect(missingGroups(many, ['x'])).toMatch(/g0 \(1\), .*g9 \(1\), and 2 more/);
});
