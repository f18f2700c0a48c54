import { expect, test } from 'vitest';
import type { Workload } from '../../model/workload.ts';
import { planOf } from './dry-run.ts';
import type { Goal, StepSize } from '../types.ts';
import { workload } from '../../../test/support/workload.ts';

const app = (colour: string, instances: number, more: { target?: number; newInstances?: number } = {}): Workload =>
  workload({
    id: `/x-${colour}`,
    instances,
    labels: {
      HAPROXY_DEPLOYMENT_GROUP: 'x',
      HAPROXY_0_PORT: '10000',
      HAPROXY_DEPLOYMENT_COLOUR: colour,
      HAPROXY_DEPLOYMENT_STARTED_AT: colour === 'blue' ? '2026-01-01T00:00:00' : '2026-02-01T00:00:00',
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(more.target ?? 4),
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: String(more.newInstances ?? 0),
    },
    scaledAt: colour === 'blue' ? '2026-01-01T00:00:00Z' : '2026-02-01T00:00:00Z',
  });

const plan = (apps: readonly Workload[], goal: Goal, stepSize: StepSize = { linear: 0 }): readonly string[] =>
  planOf(apps, { goal, stepSize, fresh: '/x-green', waits: { maxWait: 300_000, drainTime: 10_000, settle: 10_000 } }).map(
    (line) => line.replace(/:.*/, ''),
  );

test('an app of four is replaced by halves', () => {
  expect(plan([app('blue', 4), app('green', 1)], { kind: 'forward' })).toEqual([
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 2 instances',
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 4 instances',
    'Delete /x-blue',
    'Done',
  ]);
});

test('a linear increase', () => {
  const lines = plan([app('blue', 6, { target: 6 }), app('green', 2, { target: 6 })], { kind: 'forward' }, { linear: 1 });
  expect(lines).toEqual([
    'Kill 2 tasks of /x-blue with scale',
    'Scale /x-green to 3 instances',
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 6 instances',
    'Delete /x-blue',
    'Done',
  ]);
});

test('two versions side by side, and both ways to end it', () => {
  const apps = [app('blue', 4), app('green', 1, { newInstances: 3 })];
  expect(plan(apps, { kind: 'split', newInstances: 3 })).toEqual([
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 2 instances',
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 3 instances',
    'Kill 1 task of /x-blue with scale',
    'Done',
  ]);
  const split = [{ ...app('blue', 1), scaledAt: '2026-03-01T00:00:00Z' }, app('green', 3, { newInstances: 3 })];
  expect(plan(split, { kind: 'forward' })).toEqual(['Scale /x-green to 4 instances', 'Delete /x-blue', 'Done']);
  expect(plan(split, { kind: 'back' })).toEqual(['Scale /x-blue to 4 instances', 'Delete /x-green', 'Done']);
});

test('going back from the first step turns the direction with an instance that is taken back', () => {
  expect(plan([app('blue', 4), app('green', 1)], { kind: 'back' })).toEqual([
    'Scale /x-blue to 5 instances',
    'Scale /x-blue to 4 instances',
    'Delete /x-green',
    'Done',
  ]);
});

test('a canary is watched at each share', () => {
  const canary = { steps: [5, 50], wait: 60_000, maxErrors: 1, maxSlowdown: 2, minRequests: 20 };
  expect(plan([app('blue', 4), app('green', 1)], { kind: 'forward' }, { linear: 0, canary })).toEqual([
    'Waiting',
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 2 instances',
    'Waiting',
    'Kill 1 task of /x-blue with scale',
    'Scale /x-green to 4 instances',
    'Delete /x-blue',
    'Done',
  ]);
});
