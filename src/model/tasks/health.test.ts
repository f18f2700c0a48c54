import { describe, expect, it } from 'vitest';
import { healthCheckOf, mayServe } from './health.ts';
import type { App, Task } from '../snapshot.ts';

const checked: App = {
  id: '/a',
  labels: {},
  tasks: [],
  healthChecks: [
    { protocol: 'HTTP', portIndex: 1 },
    { protocol: 'TCP', port: 81 },
  ],
};
const on = { healthCheck: true };

function serves(task: Partial<Task>, last: readonly (readonly [string, boolean])[] = [], app = checked): boolean {
  return mayServe(app, { id: 't', host: 'h', ...task }, on, new Map(last));
}

describe('mayServe', () => {
  it.each(['TASK_RUNNING', 'TASK_LOST', 'TASK_UNREACHABLE', 'TASK_SOMETHING_NEW', undefined])('state %s is in', (state) => {
    expect(serves({ state, healthCheckResults: [{ alive: true }] })).toBe(true);
  });

  it.each('STAGING STARTING KILLING FINISHED FAILED KILLED ERROR DROPPED GONE GONE_BY_OPERATOR UNKNOWN'.split(' '))(
    'state TASK_%s is out',
    (state) => {
      expect(serves({ state: `TASK_${state}`, healthCheckResults: [{ alive: true }] })).toBe(false);
    },
  );

  it('goes by any result that is alive', () => {
    expect(serves({ healthCheckResults: [{ alive: false }, { alive: true }] })).toBe(true);
    expect(serves({ healthCheckResults: [{ alive: false }, {}] })).toBe(false);
  });

  it.each([undefined, []])('goes by the last verdict where results are %j', (healthCheckResults) => {
    expect(serves({ healthCheckResults }, [['t', true]])).toBe(true);
    expect(serves({ healthCheckResults }, [['t', false]])).toBe(false);
    expect(serves({ healthCheckResults })).toBe(false);
  });

  it('does not ask for health without --health-check or without checks', () => {
    const dead = { id: 't', host: 'h', healthCheckResults: [{ alive: false }] };
    expect(mayServe(checked, dead, { healthCheck: false }, new Map())).toBe(true);
    expect(serves(dead, [], { ...checked, healthChecks: [] })).toBe(true);
    expect(serves({ host: undefined })).toBe(false);
  });
});

describe('healthCheckOf', () => {
  it('is the first that has a port or names the index', () => {
    expect(healthCheckOf(checked, 1)).toEqual({ protocol: 'HTTP', portIndex: 1 });
    expect(healthCheckOf(checked, 0)).toEqual({ protocol: 'TCP', port: 81 });
    expect(healthCheckOf({ ...checked, healthChecks: [{ portIndex: 'http' }] }, 0)).toBeUndefined();
  });
});
