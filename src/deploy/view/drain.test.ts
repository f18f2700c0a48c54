import { expect, test } from 'vitest';
import type { Workload } from '../../model/workload.ts';
import { drainOf } from './drain.ts';
import { noObservations } from './observations.ts';
import type { TaskView } from './view.ts';
import { workload } from '../../../test/support/workload.ts';

const waits = { maxWait: 300_000, drainTime: 10_000, settle: 0 };
const task: TaskView = {
  id: 'blue.0',
  running: true,
  alive: true,
  places: [{ balancer: 'lb-1', servers: [], up: false, down: false, off: true, sessions: 1 }],
};
const base = workload({
  id: '/x-blue',
  labels: { HAPROXY_DEPLOYMENT_GROUP: 'x', HAPROXY_0_PORT: '80' },
  servicePorts: [80],
});

test.each<[string, Partial<Workload>, Readonly<Record<string, string>>, boolean]>([
  ['mode tcp by label', { healthChecks: [{ protocol: 'HTTP' }] }, { HAPROXY_0_MODE: 'tcp' }, true],
  ['mode tcp by default', {}, {}, true],
  ['mode tcp by default, TCP check', { healthChecks: [{ protocol: 'TCP' }] }, {}, true],
  ['a virtual host', {}, { HAPROXY_0_VHOST: 'x.test' }, false],
  ['an HTTP check', { healthChecks: [{ protocol: 'HTTP', portIndex: 0 }] }, {}, false],
  ['mode http by label', {}, { HAPROXY_0_MODE: 'http' }, false],
])('why a session lasts is told in mode tcp only: %s', (_, more, labels, isTcp) => {
  const app = { ...base, ...more, labels: { ...base.labels, ...labels } };
  const seen = { at: 1000, apps: [{ app, raw: {}, deployments: [] }], balancers: [] };
  const drain = drainOf([task], seen, noObservations(0), waits);
  expect(drain).toMatchObject({ kind: 'waiting', why: expect.stringContaining('task blue.0 has 1 session on lb-1') });
  expect('why' in drain && drain.why.includes('a session is a connection, and lasts until')).toBe(isTcp);
});
