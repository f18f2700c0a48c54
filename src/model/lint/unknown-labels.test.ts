import { expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu-time.ts';
import { unknownLabels } from './unknown-labels.ts';
import { workload } from '../../../test/support/workload.ts';

function told(label: string, count = 2): readonly string[] {
  return unknownLabels(workload({ id: '/shop', labels: { [label]: 'x' } }), count).map(
    ({ code, detail, fix }) => `${code}: ${detail}; ${fix}`,
  );
}

it.each([
  'HAPROXY_GROUP',
  'HAPROXY_0_GROUP',
  'HAPROXY_1_VHOST',
  'HAPROXY_0_BACKEND_HEAD',
  'HAPROXY_DEPLOYMENT_GROUP',
  'SOMETHING_ELSE',
])('%s is known or nobody’s business', (label) => {
  expect(told(label)).toEqual([]);
});

it.each([
  ['HAPROXY_0_VHOSTS', 'perhaps HAPROXY_0_VHOST is meant'],
  ['HAPROXY_1_STIKY', 'perhaps HAPROXY_1_STICKY is meant'],
  ['HAPROXY_0_BACKEND_HAED', 'perhaps HAPROXY_0_BACKEND_HEAD is meant'],
  ['HAPROXY_VHOST', 'perhaps HAPROXY_0_VHOST is meant'],
  ['HAPROXY_GROUPS', 'perhaps HAPROXY_GROUP is meant'],
  ['HAPROXY_VHOTS', 'perhaps HAPROXY_0_VHOST is meant'],
  ['HAPROXY_0_DEPLOYMENT_GROUP', 'perhaps HAPROXY_DEPLOYMENT_GROUP is meant'],
  ['HAPROXY_0_vhost', 'perhaps HAPROXY_0_VHOST is meant'],
  ['HAPROXY_0_', 'take it away; the labels are listed by --longhelp'],
])('%s is not', (label, fix) => {
  expect(told(label)).toEqual([`label-unknown: there is no label ${label}; it has no effect; ${fix}`]);
});

it.each([
  ['HAPROXY_{0}_BACKEND_HTTP_OPTIONS', 'HAPROXY_0_BACKEND_HTTP_OPTIONS'],
  ['HAPROXY_{n}_VHOST', 'HAPROXY_0_VHOST'],
  ['HAPROXY_n_VHOST', 'HAPROXY_0_VHOST'],
  ['HAPROXY_{1}_vhosts', 'HAPROXY_1_VHOST'],
])('%s is copied from the manual', (label, meant) => {
  expect(told(label)).toEqual([expect.stringContaining(`it has no effect; perhaps ${meant} is meant`)]);
});

it('an empty label is no mistake', () => {
  for (const label of ['HAPROXY_0_VHOSTS', 'HAPROXY_7_VHOST', 'HAPROXY_0_HEAD']) {
    expect(unknownLabels(workload({ id: '/shop', labels: { [label]: '' } }), 1)).toEqual([]);
  }
});

it('thousands of them take no time', () => {
  const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`HAPROXY_${n}_BACKEND_SERVER_OPTONS_${n}`, 'x']));
  const time = cpuTime(() => expect(unknownLabels(workload({ id: '/shop', labels }), 1)).toHaveLength(10_000));
  expect(time).toBeLessThan(500);
});

it('a number beyond the service ports', () => {
  expect(told('HAPROXY_2_VHOST')).toEqual([
    'label-unknown: HAPROXY_2_VHOST has no effect: there is no service port 2; the app has 2 service ports, numbers 0 to 1',
  ]);
  expect(told('HAPROXY_123456789_VHOST', 1)).toEqual([
    'label-unknown: HAPROXY_123456789_VHOST has no effect: there is no service port 123456789; the app has 1 service port, number 0',
  ]);
});

it('a template that is everybody’s', () => {
  expect(told('HAPROXY_HTTPS_FRONTEND_HEAD')).toEqual([
    'label-useless: HAPROXY_HTTPS_FRONTEND_HEAD has no effect: the template HTTPS_FRONTEND_HEAD is global; set it for all apps by the environment variable or file HAPROXY_HTTPS_FRONTEND_HEAD',
  ]);
  expect(told('HAPROXY_0_HEAD')).toEqual([
    'label-useless: HAPROXY_0_HEAD has no effect: the template HEAD is global; set it for all apps by the environment variable or file HAPROXY_HEAD',
  ]);
});

it('a name with a line end does not end the line', () => {
  expect(told('HAPROXY_0_\nX')).toEqual([
    'label-unknown: there is no label "HAPROXY_0_\\nX"; it has no effect; take it away; the labels are listed by --longhelp',
  ]);
});
