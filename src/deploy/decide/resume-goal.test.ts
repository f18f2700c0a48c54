import { expect, test } from 'vitest';
import { resumeGoal } from './resume-goal.ts';
import type { AppState } from '../types.ts';
import { workload } from '../../../test/support/workload.ts';

function appSeen(colour: string, month: number, instances: number, scaledAt: number, newInstances: number): AppState {
  const labels = {
    HAPROXY_DEPLOYMENT_GROUP: 'x',
    HAPROXY_DEPLOYMENT_STARTED_AT: `2026-0${month}-01T00:00:00`,
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '4',
    HAPROXY_DEPLOYMENT_NEW_INSTANCES: String(newInstances),
  };
  const app = workload({ id: `/x-${colour}`, instances, labels, scaledAt: new Date(scaledAt).toISOString() });
  return { app, raw: {}, deployments: [] };
}

// Instances of the old and the new app, which of them was scaled last.
test.each<[string, number, number, 'old' | 'new', number, string]>([
  ['just created', 4, 1, 'new', 0, 'forward'],
  ['after a kill', 3, 1, 'old', 0, 'forward'],
  ['after it grew', 3, 2, 'new', 0, 'forward'],
  ['a rollback has turned the direction', 5, 1, 'old', 0, 'back'],
  ['and has taken the instance back', 4, 1, 'old', 0, 'back'],
  ['a rollback scaled the old app up', 4, 3, 'old', 0, 'back'],
  ['side by side', 2, 2, 'old', 2, 'split'],
  ['side by side, taken back', 4, 2, 'old', 2, 'back'],
])('%s', (_, old, fresh, last, newInstances, kind) => {
  const apps = [appSeen('blue', 1, old, last === 'old' ? 3 : 1, 0), appSeen('green', 2, fresh, 2, newInstances)] as const;
  expect(resumeGoal(apps[0], apps[1]).kind).toBe(kind);
  expect(resumeGoal(apps[1], apps[0]).kind).toBe(kind);
});
