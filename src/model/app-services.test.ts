import { describe, expect, it } from 'vitest';
import type { ModelSettings } from '../config/settings.ts';
import { appServices } from './app-services.ts';
import type { AppServices } from './app-result.ts';
import type { Workload } from './workload.ts';
import { workload } from '../../test/support/workload.ts';

const settings: ModelSettings = { groups: ['external'], strictMode: false, healthCheck: false };

function servicesOf(
  labels: Readonly<Record<string, string>>,
  own: Partial<Workload> = {},
  change: Partial<ModelSettings> = {},
): AppServices {
  const { servicePorts = [10_000], udpPorts } = own;
  const ports = servicePorts.map((_, at) => 31_000 + at);
  const tasks = [{ id: 'shop.1', host: '10.0.0.1', ports }];
  const app = workload({ id: '/shop', labels: { HAPROXY_GROUP: 'external', ...labels }, servicePorts, udpPorts, tasks });
  const context = { addresses: new Map<string, string>(), health: new Map<string, boolean>(), draining: new Set<string>() };
  return appServices(app, [], context, { ...settings, ...change });
}

function told(found: AppServices): readonly string[] {
  return found.problems.map(({ code, label }) => `${code} ${label ?? '-'}`);
}

describe('service ports that are UDP', () => {
  it('are not served, and the others keep their numbers', () => {
    const found = servicesOf({ HAPROXY_1_VHOST: 'a.test' }, { servicePorts: [10_000, 10_001, 10_002], udpPorts: [0] });
    expect(found.services.map(({ index, servers }) => [index, servers[0]?.port])).toEqual([
      [1, 31_001],
      [2, 31_002],
    ]);
    expect(told(found)).toEqual(['udp-port protocol']);
  });
});

describe('labels of the app', () => {
  it.each(['a\n  #', 'a #', '"a"'])('DEPLOYMENT_GROUP %j is none', (group) => {
    const found = servicesOf({ HAPROXY_DEPLOYMENT_GROUP: group });
    expect(told(found)).toEqual(['label-malformed HAPROXY_DEPLOYMENT_GROUP']);
    expect(found.services).toMatchObject([{ app: '/shop' }]);
  });

  it('are no problem where they are empty or right', () => {
    const labels = {
      HAPROXY_DEPLOYMENT_GROUP: '',
      HAPROXY_APP_ID: 'shop',
      HAPROXY_DEPLOYMENT_COLOUR: 'blue',
      HAPROXY_DEPLOYMENT_ALT_PORT: '',
    };
    expect(servicesOf(labels).problems).toEqual([]);
  });
});

it('a switch that is neither on nor off turns the service off, which is said', () => {
  const found = servicesOf({ HAPROXY_0_ENABLED: 'yess' });
  expect(found.services).toEqual([]);
  expect(told(found)).toEqual(['label-malformed HAPROXY_0_ENABLED']);
  expect(told(servicesOf({ HAPROXY_0_ENABLED: 'no' }))).toEqual([]);
});

it('what costs the service is told with what costs a label, and only the first is why it is malformed', () => {
  const found = servicesOf({ HAPROXY_0_AUTH: 'x', HAPROXY_0_BALANCE: 'x # y' });
  expect(told(found)).toEqual(['label-malformed HAPROXY_0_BALANCE', 'label-malformed HAPROXY_0_AUTH']);
  expect(found.malformed).toMatchObject([{ index: 0, problems: [{ label: 'HAPROXY_0_AUTH' }] }]);
});

it('thousands of wrong labels are a few lines', () => {
  const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`HAPROXY_${n}_FOO`, 'x'.repeat(50)]));
  const found = servicesOf({ ...labels, HAPROXY_0_PORT: 'x'.repeat(50_000) });
  expect(found.problems).toHaveLength(21);
  expect(found.problems.at(-1)).toMatchObject({
    code: 'more-labels',
    detail: 'and 9981 more of its labels are wrong or without effect',
  });
  expect(JSON.stringify(found.problems).length).toBeLessThan(10_000);
});

it('settings bound labels and hosts', () => {
  const limits = { labelLength: 100, vhosts: 2 };
  expect(servicesOf({ HAPROXY_0_VHOST: 'a.test,b.test,c.test' }, undefined, { limits })).toMatchObject({
    services: [{ vhosts: ['a.test', 'b.test'] }],
    problems: [{ label: 'HAPROXY_0_VHOST' }],
  });
});
