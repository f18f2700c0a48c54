import { expect, test } from 'vitest';
import { startOf } from './start.ts';
import { readDefinition } from '../definition/definition.ts';
import type { AppState } from '../types.ts';
import type { Mode } from '../options/settings.ts';
import { workload } from '../../../test/support/workload.ts';

const labels = { HAPROXY_DEPLOYMENT_GROUP: 'x', HAPROXY_DEPLOYMENT_ALT_PORT: '10001' };
const definition = readDefinition(JSON.stringify({ id: '/x', labels, portDefinitions: [{ port: 10_000 }] }), 'x.json');

function appSeen(colour: string, month: number, instances: number, scaledAt: number): AppState {
  const own = {
    ...labels,
    HAPROXY_DEPLOYMENT_COLOUR: colour,
    HAPROXY_DEPLOYMENT_STARTED_AT: `2026-0${month}-01T00:00:00`,
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '4',
    HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
  };
  const app = workload({ id: `/x-${colour}`, instances, labels: own, scaledAt: new Date(scaledAt).toISOString() });
  return { app, raw: {}, deployments: [] };
}

const begin = (mode: Mode, apps: readonly AppState[]) =>
  startOf(
    apps,
    definition,
    { mode, initialInstances: 1, newInstances: 0, stepSize: { linear: 0 } },
    { now: new Date(0), nonce: 0 },
  );

const fresh = appSeen('green', 2, 1, 2);

test.each<[string, Mode, AppState, string]>([
  ['a deploy goes on', 'resume', appSeen('blue', 1, 3, 3), 'forward'],
  ['a rollback goes on', 'resume', appSeen('blue', 1, 4, 3), 'back'],
  ['unless it is to go forward', 'complete-cur', appSeen('blue', 1, 4, 3), 'forward'],
  ['a deploy is taken back', 'rollback', appSeen('blue', 1, 3, 3), 'back'],
  ['and so are two side by side', 'complete-prev', appSeen('blue', 1, 3, 3), 'back'],
])('%s', (_, mode, old, kind) => {
  expect(begin(mode, [old, fresh])).toMatchObject({ kind: 'go-on', fresh: '/x-green', goal: { kind } });
});

test('two apps need an option, three are too many, one is nothing to go back from', () => {
  const old = appSeen('blue', 1, 4, 1);
  expect(() => begin('start', [old, fresh])).toThrow(expect.objectContaining({ code: 'arguments' }));
  expect(() => begin('resume', [old, fresh, appSeen('red', 3, 1, 3)])).toThrow(expect.objectContaining({ code: 'arguments' }));
  expect(begin('rollback', [old])).toEqual({
    kind: 'nothing',
    why: 'no deploy is in progress: /x-blue is alone, with 4 instances',
  });
});
