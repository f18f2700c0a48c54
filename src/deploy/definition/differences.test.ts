import { expect, test } from 'vitest';
import type { Workload } from '../../model/workload.ts';
import { breaksService, differencesOf, shownDifferences } from './differences.ts';
import { workload } from '../../../test/support/workload.ts';

const base = workload({
  id: '/x-blue',
  labels: { HAPROXY_DEPLOYMENT_GROUP: 'x', HAPROXY_GROUP: 'external', HAPROXY_0_PORT: '10000' },
  servicePorts: [10_000],
  healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0 }],
});
const other = (more: Partial<Workload>, labels: Readonly<Record<string, string>> = {}): Workload => ({
  ...base,
  id: '/x-green',
  servicePorts: [10_001],
  ...more,
  labels: { ...base.labels, HAPROXY_DEPLOYMENT_STARTED_AT: '2026-02-01T00:00:00', ...labels },
});

test.each<[Workload, boolean, string]>([
  [other({}), false, ''],
  [other({ healthChecks: [{}] }), true, 'health check of service 0 (HTTP /health, port index 0 → HTTP /, port index 0)'],
  [other({ healthChecks: [{ path: '/health', intervalSeconds: 5 }] }), false, 'times of the health check of service 0'],
  [other({}, { HAPROXY_GROUP: 'internal' }), true, 'HAPROXY_GROUP (external → internal)'],
  [other({}, { HAPROXY_0_VHOST: 'b.test' }), true, 'HAPROXY_0_VHOST (not set → b.test)'],
  [other({}, { HAPROXY_0_MODE: 'http' }), true, 'HAPROXY_0_MODE (not set → http)'],
  [other({}, { HAPROXY_0_PORT: '10005' }), true, 'backends (x_10000 → x_10005)'],
  [other({}, { HAPROXY_0_BACKEND_HTTP_OPTIONS: 'a\nb' }), false, 'HAPROXY_0_BACKEND_HTTP_OPTIONS (not set → a\\nb)'],
])('%o', (fresh, isBreaking, shown) => {
  const differences = differencesOf(base, fresh);
  expect(shownDifferences(differences)).toContain(shown);
  expect([differences.length > 0, breaksService(differences)]).toEqual([shown !== '', isBreaking]);
});

test('shows no passwords and keys', () => {
  const labels = { HAPROXY_0_AUTH: 'Shop:ann:$5$a$b', HAPROXY_0_JWT_KEY: 'x'.repeat(40), HAPROXY_1_AUTH_USERS: 'bob:$5$a$c' };
  const text = shownDifferences(differencesOf(base, other({}, labels)));
  expect(text).toContain('HAPROXY_0_JWT_KEY (not set → hidden)');
  expect(text).not.toMatch(/\$5|xxx/);
});
