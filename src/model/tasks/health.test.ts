import { describe, expect, it } from 'vitest';
import { healthCheckOf, whyIdle } from './health.ts';
import type { Task } from '../workload.ts';
import { STAGING, workload } from '../../../test/support/workload.ts';

const checked = workload({
  id: '/a',
  healthChecks: [
    { protocol: 'HTTP', portIndex: 1 },
    { protocol: 'TCP', port: 81 },
  ],
});
const on = { healthCheck: true };

function serves(task: Partial<Task>, last: readonly (readonly [string, boolean])[] = [], app = checked): boolean {
  return whyIdle(app, { id: 't', host: 'h', ...task }, on, new Map(last)) === undefined;
}

describe('whyIdle', () => {
  it('goes by the state', () => {
    expect(serves({ alive: true })).toBe(true);
    expect(serves({ state: { ...STAGING, mayServe: true }, alive: true })).toBe(true);
    expect(serves({ state: STAGING, alive: true })).toBe(false);
  });

  it('goes by the result, and without one by the last verdict', () => {
    expect(serves({ alive: true }, [['t', false]])).toBe(true);
    expect(serves({ alive: false }, [['t', true]])).toBe(false);
    expect(serves({}, [['t', true]])).toBe(true);
    expect(serves({}, [['t', false]])).toBe(false);
    expect(serves({})).toBe(false);
  });

  it('does not ask for health without --health-check or without checks', () => {
    const dead = { id: 't', host: 'h', alive: false };
    expect(whyIdle(checked, dead, { healthCheck: false }, new Map())).toBeUndefined();
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
