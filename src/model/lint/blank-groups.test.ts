import { expect, it } from 'vitest';
import { blankGroups } from './blank-groups.ts';
import { labelsByIndex } from '../labels/definition.ts';
import { workload } from '../../../test/support/workload.ts';

function told(labels: Readonly<Record<string, string>>, groups: readonly string[], count = 2): readonly string[] {
  const app = workload({ id: '/shop', labels });
  return blankGroups(app, labelsByIndex(app), count, groups).map(({ code, label, detail }) => `${code} ${label}: ${detail}`);
}

it('names the group that is missed, once', () => {
  expect(told({ HAPROXY_GROUP: 'internal, external' }, ['external'])).toEqual([
    'label-malformed HAPROXY_GROUP: the group " external" of HAPROXY_GROUP has blanks, so that it is not the group external of this load balancer',
  ]);
});

it('goes by the label of the service where there is one', () => {
  const labels = { HAPROXY_GROUP: 'internal', HAPROXY_1_GROUP: 'external ' };
  expect(told(labels, ['external'])).toEqual([expect.stringContaining('the group "external " of HAPROXY_1_GROUP')]);
});

it.each<[string, string, string[]]>([
  ['another load balancer’s', 'internal, external', ['internal']],
  ['all are served', 'internal, external', ['*']],
  ['nobody’s', 'internal, external', ['other']],
  ['the group has the blank too', 'internal, external', [' external']],
  ['no blanks', 'internal,external', ['other']],
])('says nothing: %s', (_, text, groups) => {
  expect(told({ HAPROXY_GROUP: text }, groups)).toEqual([]);
});
