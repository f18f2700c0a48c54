import { expect, test } from 'vitest';
import type { App } from '../../model/snapshot.ts';
import { breaksService, differencesOf, shownDifferences } from './differences.ts';

const base: App = {
  id: '/x-blue',
  labels: { HAPROXY_DEPLOYMENT_GROUP: 'x', HAPROXY_GROUP: 'external', HAPROXY_0_PORT: '10000' },
  portDefinitions: [{ port: 10_000 }],
  healthChecks: [{ protocol: 'HTTP', path: '/health', portIndex: 0 }],
  tasks: [],
};
const other = (more: Partial<App>, labels: Readonly<Record<string, string>> = {}): App => ({
  ...base,
  id: '/x-green',
  portDefinitions: [{ port: 10_001 }],
  ...more,
  labels: { ...base.labels, HAPROXY_DEPLOYMENT_STARTED_AT: '2026-02-01T00:00:00', ...labels },
});

test.each<[App, boolean, string]>([
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
