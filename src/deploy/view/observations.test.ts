import { detailsOf } from '../../sources/marathon/deploys/read-apps.ts';
import { expect, test } from 'vitest';
import type { Workload } from '../../model/workload.ts';
import { type Observations, noObservations, remember } from './observations.ts';
import type { BalancerState, Observation } from '../types.ts';
import { type View, viewOf } from './view.ts';
import { workload } from '../../../test/support/workload.ts';

/** Tasks of a side, one letter each: h healthy, H healthy after it failed for a moment, n without a result, f failing. */
function side(colour: string, tasks: string): Workload {
  return workload({
    id: `/x-${colour}`,
    instances: tasks.length,
    labels: {
      HAPROXY_DEPLOYMENT_GROUP: 'x',
      HAPROXY_DEPLOYMENT_STARTED_AT: colour === 'blue' ? '2026-01-01T00:00:00' : '2026-02-01T00:00:00',
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2',
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
    },
    servicePorts: [80],
    healthChecks: [{ protocol: 'HTTP' }],
    scaledAt: colour === 'blue' ? '2026-01-01T00:00:00Z' : '2026-02-01T00:00:00Z',
    tasks: tasks.split('').map((state, at) => ({
      id: `${colour}.${at}`,
      host: '10.0.0.1',
      ports: [(colour === 'blue' ? 100 : 200) + at],
      alive: state === 'n' ? undefined : state.toLowerCase() === 'h',
    })),
  });
}

/** What fails does so anew at each look. */
function rawTask(id: string, at: number, state: string | undefined): object {
  const isFailing = state === 'f' || state === 'H';
  return { id, healthCheckResults: isFailing ? [{ lastFailure: `2026-02-01T00:00:0${at}.000Z` }] : [] };
}

type Look = readonly [old: string, fresh: string, leader?: string, silent?: boolean];

const SILENT: BalancerState = { kind: 'silent', name: 'lb-1', why: 'ECONNREFUSED' };
const ANSWERS: BalancerState = { kind: 'answers', name: 'lb-1', processes: 2, backends: new Map() };

/** The time of the last disturbance after looks a second apart; 0: none. */
function disturbedBy(looks: readonly Look[]): number {
  return memoryOf(looks).disturbed;
}

function memoryOf(looks: readonly Look[]): Observations {
  let observations: Observations = { ...noObservations(0), leader: 'm1' };
  for (const [at, [old, fresh, leader = 'm1', isSilent = false]] of looks.entries()) {
    const apps = [side('blue', old), side('green', fresh)].map((app) => ({
      app,
      ...detailsOf({ tasks: app.tasks.map(({ id }, place) => rawTask(id, at, (app.id === '/x-blue' ? old : fresh)[place])) }),
    }));
    const seen: Observation = { at: (at + 1) * 1000, leader, apps, balancers: [isSilent ? SILENT : ANSWERS] };
    const view = viewOf(seen, { kind: 'forward' });
    if (view.kind !== 'view') throw new Error(view.why);
    observations = remember(observations, seen, view, { kind: 'forward' }, { linear: 0 });
  }
  return observations;
}

test.each<[string, Look[], number]>([
  [
    'a new task that has no result yet',
    [
      ['hh', 'n'],
      ['hh', 'h'],
      ['hh', 'hn'],
    ],
    0,
  ],
  [
    'the result of a new task is lost',
    [
      ['hh', 'h'],
      ['hh', 'n'],
    ],
    2000,
  ],
  [
    'a new task fails',
    [
      ['hh', 'h'],
      ['hh', 'f'],
      ['hh', 'h'],
    ],
    2000,
  ],
  [
    'a new task is gone',
    [
      ['hh', 'hh'],
      ['hh', 'h'],
    ],
    2000,
  ],
  [
    'the result of an old task is lost',
    [
      ['hh', 'h'],
      ['hn', 'h'],
      ['hh', 'h'],
    ],
    2000,
  ],
  [
    'a task failed between two looks',
    [
      ['hh', 'h'],
      ['hh', 'H'],
      ['hh', 'h'],
    ],
    2000,
  ],
  [
    'a task that leaves fails for good',
    [
      ['hh', 'h'],
      ['hf', 'h'],
      ['hf', 'h'],
      ['hf', 'h'],
    ],
    2000,
  ],
  [
    'a task that leaves never had a result',
    [
      ['hn', 'h'],
      ['hn', 'h'],
    ],
    0,
  ],
  [
    'another leader',
    [
      ['hh', 'h'],
      ['hh', 'h', 'm2'],
      ['hh', 'h', 'm2'],
    ],
    2000,
  ],
  [
    'a load balancer does not answer',
    [
      ['hh', 'h'],
      ['hh', 'h', 'm1', true],
      ['hh', 'h'],
    ],
    2000,
  ],
])('load balancers may follow something else: %s', (_, looks, expected) => expect(disturbedBy(looks)).toBe(expected));

test('a new process does not know what was before', () => expect(noObservations(5000).disturbed).toBe(5000));

test('a load balancer that does not answer says nothing about what drains', () => {
  // Without any server a task is out of service.
  const before = memoryOf([['hh', 'h']]).off;
  expect([...before.values()]).toEqual([1000, 1000, 1000]);
  const during = memoryOf([
    ['hh', 'h', 'm1', true],
    ['hh', 'h', 'm1', true],
  ]).off;
  expect([...during.keys()]).toEqual([]);
});

test('while one load balancer does not answer, another may tell that a task is in service', () => {
  const apps = [side('blue', 'hh'), side('green', 'h')].map((app) => ({ app, raw: {}, deployments: [] }));
  const figures = { sessions: 0, queued: 0, total: 0, answers: [], failures: 0, answerTime: 0, rate: 0 };
  const serving: BalancerState = {
    ...ANSWERS,
    name: 'lb-2',
    backends: new Map([['x_80', [{ name: '10_0_0_1_100', status: 'UP', ...figures }]]]),
  };
  let observations = noObservations(0);
  for (const [at, balancers] of [
    [ANSWERS, ANSWERS],
    [SILENT, serving],
    [ANSWERS, ANSWERS],
  ].entries()) {
    const seen: Observation = { at: at + 1, apps, balancers };
    observations = remember(observations, seen, viewOf(seen, { kind: 'forward' }) as View, { kind: 'forward' }, { linear: 0 });
  }
  expect(Object.fromEntries(observations.off)).toEqual({ 'blue.0': 3, 'blue.1': 1, 'green.0': 1 });
});
