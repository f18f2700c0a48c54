import { describe, expect, test } from 'vitest';
import { parseApp } from '../../sources/marathon/apps/schema.ts';
import { isCreated, isDeployed, newApp, printDefinition, readDefinition } from './definition.ts';
import { DeployError } from '../error.ts';
import type { AppState } from '../types.ts';

const labels = { HAPROXY_DEPLOYMENT_GROUP: 'x', HAPROXY_DEPLOYMENT_ALT_PORT: '10001' };
const now = new Date('2026-03-01T12:00:00.000Z');
const start = { now, nonce: 7 };
const options = { initialInstances: 1, newInstances: 0, start };
const read = (json: object) => readDefinition(JSON.stringify(json), 'x.json');

function running(raw: object): AppState {
  const { app } = parseApp(raw);
  if (app === undefined) throw new Error('no app');
  return { app, raw: { ...raw }, deployments: [] };
}

/** What was created, as Marathon shows it. */
const shown = (app: Readonly<Record<string, unknown>>, more: object = {}): AppState => running({ ...app, cpus: 1, ...more });

describe('the app that is created', () => {
  const definition = read({ id: '/shop/web', instances: 4, ports: [10_000], labels });

  test('first: blue, on its own port, with all instances', () => {
    expect(newApp(definition, undefined, options)).toEqual({
      id: '/shop/web-blue',
      instances: 4,
      ports: [10_000],
      labels: {
        ...labels,
        HAPROXY_APP_ID: '/shop/web',
        HAPROXY_0_PORT: '10000',
        HAPROXY_DEPLOYMENT_COLOUR: 'blue',
        HAPROXY_DEPLOYMENT_STARTED_AT: '2026-03-01T12:00:00.000007',
        HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '4',
        HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
      },
    });
  });

  test('then the other colour and port in turns, for as many instances as run', () => {
    const blue = shown(newApp(definition, undefined, options), { instances: 7 });
    const green = newApp(definition, blue, options);
    expect(green).toMatchObject({ id: '/shop/web-green', instances: 1, ports: [10_001] });
    expect(green['labels']).toMatchObject({ HAPROXY_0_PORT: '10000', HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '7' });
    const next = newApp(definition, shown(green), { ...options, initialInstances: 9 });
    expect(next).toMatchObject({ id: '/shop/web-blue', instances: 1, ports: [10_000] });
  });

  test('its start is later than that of the running app, whatever the clock says', () => {
    const late = { ...labels, HAPROXY_DEPLOYMENT_STARTED_AT: '2026-03-01T14:00:00.123456' };
    const created = newApp(definition, running({ id: '/shop/web-blue', instances: 1, ports: [10_000], labels: late }), options);
    expect(created['labels']).toMatchObject({ HAPROXY_DEPLOYMENT_STARTED_AT: '2026-03-01T14:00:00.124007' });
  });

  test.each([
    [1, 0, 1],
    [3, 0, 3],
    [9, 0, 4],
    [3, 2, 2],
  ])('--initial-instances %d, --new-instances %d: %d instances', (initialInstances, newInstances, instances) => {
    const blue = shown(newApp(definition, undefined, options));
    expect(newApp(definition, blue, { initialInstances, newInstances, start })['instances']).toBe(instances);
  });
});

test('several service ports: each shown under the number of the definition; without an own one, Marathon chooses', () => {
  const portMappings = [{ servicePort: 10_000 }, { servicePort: 10_010 }, { servicePort: 10_020 }];
  const json = { id: 'x', container: { portMappings }, labels: { ...labels, HAPROXY_DEPLOYMENT_ALT_PORT: '10001, 10011' } };
  const definition = read(json);
  const blue = newApp(definition, undefined, options);
  const green = newApp(definition, shown(blue, { id: '/x-blue' }), options);
  expect(green['container']).toEqual({ portMappings: [{ servicePort: 10_001 }, { servicePort: 10_011 }, { servicePort: 0 }] });
  expect(green['labels']).toMatchObject({ HAPROXY_0_PORT: '10000', HAPROXY_1_PORT: '10010', HAPROXY_2_PORT: '10020' });
  expect(json.container.portMappings[0]).toEqual({ servicePort: 10_000 });
});

test.each([
  [{ portDefinitions: [{ port: 10_000, name: 'web' }] }, { portDefinitions: [{ port: 10_001, name: 'web' }] }],
  [
    { container: { docker: { image: 'i', portMappings: [{ containerPort: 80, servicePort: 10_000 }] } } },
    { container: { docker: { image: 'i', portMappings: [{ containerPort: 80, servicePort: 10_001 }] } } },
  ],
])('service ports are found in each dialect: %o', (own, other) => {
  const definition = read({ id: '/x', labels, ...own });
  const blue = shown(newApp(definition, undefined, options));
  expect(newApp(definition, blue, options)).toMatchObject(other);
});

test.each<[object, string, string]>([
  [{ labels, ports: [1] }, 'missing-field', 'id'],
  [{ id: '/x', ports: [1] }, 'missing-field', 'labels'],
  [{ id: '/x', ports: [1], labels: { HAPROXY_DEPLOYMENT_GROUP: 'x' } }, 'missing-field', 'HAPROXY_DEPLOYMENT_ALT_PORT'],
  [{ id: '/x', ports: [0], labels }, 'missing-field', 'service port'],
  [{ id: '/x', ports: [10_001], labels }, 'missing-field', '10001, a service port of the app itself'],
  [{ id: '/x', ports: [1], labels, instances: 'all' }, 'missing-field', 'instances'],
  [[], 'arguments', 'no JSON object'],
])('%o is refused', (json, code, message) => {
  expect(() => read(json)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  expect(() => read(json)).toThrow(DeployError);
});

test('a definition that runs already is known, with all that Marathon adds', () => {
  const json = { id: '/x', cmd: 'run', env: { A: 'b' }, ports: [10_000], labels };
  const blue = shown(newApp(read(json), undefined, options), { env: { A: 'b', PORT: '1' }, upgradeStrategy: {} });
  expect(isDeployed(read(json), blue)).toBe(true);
  expect(isDeployed(read({ ...json, cmd: 'walk' }), blue)).toBe(false);
  expect(isDeployed(read({ ...json, env: { A: 'c' } }), blue)).toBe(false);
  expect(isDeployed(read({ ...json, ports: [10_000, 10_009] }), blue)).toBe(false);
});

test('a new app is its own only with the definition and the start that were sent', () => {
  const json = { id: '/x', cmd: 'run', ports: [10_000], labels };
  const sent = newApp(read(json), undefined, options);
  expect(isCreated(sent, shown(sent, { upgradeStrategy: {} }))).toBe(true);
  // Another job began in the same moment.
  expect(isCreated(sent, shown(newApp(read({ ...json, cmd: 'walk' }), undefined, options)))).toBe(false);
  const later = { ...options, start: { ...start, nonce: 8 } };
  expect(isCreated(sent, shown(newApp(read(json), undefined, later)))).toBe(false);
});

test('it is printed with sorted keys', () => {
  expect(printDefinition({ b: [{ d: 1, c: null }], a: 'x' })).toBe(
    '{\n  "a": "x",\n  "b": [\n    {\n      "c": null,\n      "d": 1\n    }\n  ]\n}',
  );
});
