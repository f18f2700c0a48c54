import { expect, test } from 'vitest';
import { detailsOf } from '../../sources/marathon/deploys/read-apps.ts';
import { missingOf } from './readiness.ts';
import { workload } from '../../../test/support/workload.ts';

const app = workload({ id: '/x-green', instances: 1 });

function why(raw: Readonly<Record<string, unknown>>): string | undefined {
  return missingOf({ seen: { app, ...detailsOf(raw) }, tasks: [] }, 'new')?.why;
}

test('the last failure of a task is named as long as tasks do not start', () => {
  const lastTaskFailure = { state: 'TASK_FAILED', host: 'agent-1', timestamp: '2026-02-01T00:00:00Z', message: 'exited\nwith 1' };
  expect(why({ lastTaskFailure })).toBe(
    '0 of 1 new tasks running; the last failure of a task was TASK_FAILED on agent-1 at 2026-02-01T00:00:00Z: exited with 1',
  );
  expect(why({ lastTaskFailure: null })).toBe('0 of 1 new tasks running');
});
