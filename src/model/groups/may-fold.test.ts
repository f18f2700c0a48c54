import { expect, it } from 'vitest';
import { createGroupsMemo, foldDeploymentGroups } from './deployment-groups.ts';
import type { Workload } from '../workload.ts';
import { workload } from '../../../test/support/workload.ts';

function app(
  id: string,
  group: string | undefined,
  labels: Readonly<Record<string, string>> = {},
  since = '2026-01-01',
): Workload {
  return workload({
    id,
    instances: 2,
    servicePorts: [10_001],
    labels: { ...labels, ...(group !== undefined && { HAPROXY_DEPLOYMENT_GROUP: group }) },
    since: `${since}T00:00:00Z`,
    scaledAt: `${since}T00:00:00Z`,
    tasks: [{ id: `${id}.1` }, { id: `${id}.2` }],
  });
}

const TAKEOVER = {
  HAPROXY_DEPLOYMENT_STARTED_AT: '2030-01-01T00:00:00Z',
  HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2',
  HAPROXY_DEPLOYMENT_NEW_INSTANCES: '2',
};

it.each([
  ['a group of ids that zdd makes', [app('/shop-blue', 'shop'), app('/shop-green', 'shop')]],
  ['an app of the group’s own id', [app('/shop', 'shop')]],
  ['an app in no group', [app('/shop', undefined)]],
  [
    'a group of other ids',
    [app('/a', 'shop', { HAPROXY_0_VHOST: 'shop.test' }), app('/b', 'shop', { HAPROXY_0_VHOST: 'shop.test' })],
  ],
  ['a group in a folder', [app('/team/a', 'shop', { HAPROXY_0_VHOST: 'a' }), app('/team/b', 'shop')]],
])('a stranger neither drains nor replaces %s', (_, victims) => {
  const stranger = app('/attacker', 'shop', { ...TAKEOVER, HAPROXY_0_VHOST: 'mine.test' }, '2026-03-01');
  for (const apps of [
    [...victims, stranger],
    [stranger, ...victims],
  ]) {
    const memo = createGroupsMemo();
    const alone = foldDeploymentGroups(victims);
    for (let round = 0; round < 2; round += 1) {
      const { apps: folded, draining, problems } = foldDeploymentGroups(apps, memo);
      expect(folded.filter(({ id }) => id !== '/attacker')).toEqual(alone.apps);
      expect(folded).toContain(stranger);
      expect(draining).toEqual(alone.draining);
      expect(problems.filter((problem) => problem.app === '/attacker')).toMatchObject([{ code: 'deployment-group' }]);
    }
  }
});

it('does not take two teams of one folder for one team', () => {
  const victim = app('/prod/team-a/x', 'shop');
  const stranger = app('/prod/team-b/y', 'shop', { ...TAKEOVER, HAPROXY_0_VHOST: 'mine.test' }, '2026-03-01');
  const { apps, draining } = foldDeploymentGroups([victim, stranger]);
  expect(apps).toContain(stranger);
  expect(apps).toHaveLength(2);
  expect([...draining]).toEqual([]);
});

it.each(['SHOP', String.raw`sho\x70`, '"shop"'])('is told from the group in HAProxy’s eyes: %s', (group) => {
  const { apps } = foldDeploymentGroups([app('/shop', undefined), app('/attacker', group)]);
  expect(apps.map(({ id }) => id)).toEqual(['/shop', '/attacker']);
});
