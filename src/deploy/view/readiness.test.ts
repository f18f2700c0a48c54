import { expect, test } from 'vitest';
import { missingOf } from './readiness.ts';

const app = { id: '/x-green', instances: 1, labels: {}, tasks: [] };

function why(raw: object): string | undefined {
  return missingOf({ seen: { app, raw: { ...raw }, deployments: [] }, tasks: [] }, 'new')?.why;
}

test('the last failure of a task is named as long as tasks do not start', () => {
  const lastTaskFailure = { state: 'TASK_FAILED', host: 'agent-1', timestamp: '2026-02-01T00:00:00Z', message: 'exited\nwith 1' };
  expect(why({ lastTaskFailure })).toBe(
    '0 of 1 new tasks running; the last failure of a task was TASK_FAILED on agent-1 at 2026-02-01T00:00:00Z: exited with 1',
  );
  expect(why({ lastTaskFailure: null })).toBe('0 of 1 new tasks running');
});
