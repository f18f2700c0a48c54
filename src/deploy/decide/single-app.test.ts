import { expect, test } from 'vitest';
import { noObservations } from '../view/observations.ts';
import type { AppState, Goal, Observation, Step } from '../types.ts';
import { singleAppStep } from './single-app.ts';
import { workload } from '../../../test/support/workload.ts';

interface Given {
  readonly id?: string;
  readonly instances?: number;
  readonly target?: number;
  readonly goal?: Goal;
  readonly deployments?: readonly string[];
  readonly waited?: number;
}

/** What is done while one app is there, which has no task yet if it has instances. */
function decide({
  id = '/x-green',
  instances = 0,
  target,
  goal = { kind: 'forward' },
  deployments = [],
  waited = 0,
}: Given): Step {
  const only: AppState = { app: workload({ id, instances }), raw: {}, deployments };
  const seen: Observation = { at: waited, apps: [only], balancers: [] };
  const waits = { maxWait: 1000, drainTime: 0, settle: 0 };
  return singleAppStep(only, seen, { goal, stepSize: { linear: 0 }, waits, fresh: '/x-green' }, { ...noObservations(0), target });
}

test.each<[string, Given, object]>([
  ['it is done with all instances', { target: 0 }, { kind: 'done', why: expect.stringContaining('/x-green serves alone') }],
  ['one with fewer than the target of its deploy grows', { instances: 1, target: 4 }, { kind: 'scale', app: '/x-green', to: 4 }],
  [
    'also going back',
    { id: '/x-blue', instances: 2, target: 4, goal: { kind: 'back' } },
    { kind: 'scale', app: '/x-blue', to: 4 },
  ],
  [
    'one that has the target waits for its tasks',
    { instances: 4, target: 4 },
    { kind: 'wait', why: expect.stringContaining('0 of 4') },
  ],
  ['Marathon works at it', { deployments: ['d'] }, { kind: 'wait', blame: 'marathon' }],
  [
    'going back, the old app is not there',
    { goal: { kind: 'back' }, target: 4 },
    { kind: 'wait', why: expect.stringContaining('deleted by') },
  ],
  ['forward, the new app is not there', { id: '/x-blue' }, { kind: 'wait', why: expect.stringContaining('deleted by') }],
  ['for too long', { id: '/x-blue', waited: 1000 }, { kind: 'stop', blame: 'marathon' }],
])('an app alone: %s', (_, given, expected) => expect(decide(given)).toMatchObject(expected));
