import { describe, expect, it } from 'vitest';
import { foldDeploymentGroups, type FoldedGroups } from './deployment-groups.ts';
import type { Workload } from '../workload.ts';
import { KILLING, STAGING, workload } from '../../../test/support/workload.ts';

interface Side {
  readonly id: string;
  readonly started?: string;
  readonly scaled?: string;
  readonly target?: string;
  readonly fresh?: string;
  readonly instances?: number;
  /** Alive ones; undefined: the app has no health checks. */
  readonly alive?: number;
  readonly tasks: number;
}

function side({ id, started, scaled = '2026-01-01T00:00:00Z', target, fresh, instances, alive, tasks }: Side): Workload {
  return workload({
    id: `/${id}`,
    instances: instances ?? tasks,
    labels: {
      HAPROXY_DEPLOYMENT_GROUP: 'g',
      ...(started !== undefined && { HAPROXY_DEPLOYMENT_STARTED_AT: started }),
      ...(target !== undefined && { HAPROXY_DEPLOYMENT_TARGET_INSTANCES: target }),
      ...(fresh !== undefined && { HAPROXY_DEPLOYMENT_NEW_INSTANCES: fresh }),
    },
    scaledAt: scaled,
    healthChecks: alive === undefined ? undefined : [{ protocol: 'HTTP' }],
    tasks: Array.from({ length: tasks }, (_, at) => ({
      id: `${id}.${at + 1}`,
      alive: at < (alive ?? 0) ? true : undefined,
    })),
  });
}

function drained({ draining }: FoldedGroups): readonly string[] {
  return [...draining].sort();
}

const T1 = '2026-02-01T10:00:00.000001';
const T2 = '2026-02-01T10:00:00.000002';

describe('foldDeploymentGroups', () => {
  it('leaves other apps as they are, and puts groups after them', () => {
    const plain = workload({ id: '/z' });
    expect(foldDeploymentGroups([plain]).apps).toEqual([plain]);
    const { apps } = foldDeploymentGroups([side({ id: 'blue', tasks: 1 }), plain]);
    expect(apps.map(({ id }) => id)).toEqual(['/z', '/g']);
    expect(foldDeploymentGroups([{ ...plain, labels: { HAPROXY_DEPLOYMENT_GROUP: '/g' } }]).apps[0]?.id).toBe('/g');
  });

  it('keeps what is wrong with tasks of either side', () => {
    const sides = ['blue', 'green'].map((id) => ({ ...side({ id, tasks: 1 }), unreadTasks: [id] }));
    expect(foldDeploymentGroups(sides).apps[0]?.unreadTasks?.toSorted()).toEqual(['blue', 'green']);
  });

  it('drains as many old tasks as there are healthy new ones', () => {
    const old = side({ id: 'blue', started: T1, tasks: 3 });
    expect(drained(foldDeploymentGroups([old, side({ id: 'green', started: T2, tasks: 2, alive: 1 })]))).toEqual(['blue.1']);
    expect(drained(foldDeploymentGroups([old, side({ id: 'green', started: T2, tasks: 2 })]))).toEqual(['blue.1', 'blue.2']);
    expect(drained(foldDeploymentGroups([old, side({ id: 'green', started: T2, tasks: 9 })]))).toHaveLength(3);
    const { apps } = foldDeploymentGroups([side({ id: 'green', started: T2, tasks: 1, alive: 0 }), old]);
    expect(apps[0]?.tasks.map(({ id }) => id)).toEqual(['blue.1', 'blue.2', 'blue.3', 'green.1']);
  });

  it('takes the app without a date for the old one, and of equals the one met first for the new one', () => {
    expect(drained(foldDeploymentGroups([side({ id: 'b', started: T1, tasks: 1 }), side({ id: 'a', tasks: 1 })]))).toEqual([
      'a.1',
    ]);
    expect(
      drained(foldDeploymentGroups([side({ id: 'b', started: T1, tasks: 1 }), side({ id: 'a', started: T1, tasks: 1 })])),
    ).toEqual(['a.1']);
  });

  it.each(['2026-02-01T11:00:00+02:00', '2026-02-01T09:00:00Z', '2026-02-01T09:00:00.5', '2026-02-01 09:00'])(
    'reads the date %s',
    (before) => {
      const apps = [side({ id: 'a', started: '2026-02-01T10:00:00Z', tasks: 1 }), side({ id: 'b', started: before, tasks: 1 })];
      expect(drained(foldDeploymentGroups(apps))).toEqual(['b.1']);
    },
  );

  it('keeps to the target where both sides are to live', () => {
    const old = side({ id: 'blue', started: T1, target: '4', tasks: 4 });
    const fresh = side({ id: 'green', started: T2, target: '4', fresh: '2', scaled: '2026-01-02T00:00:00Z', tasks: 2, alive: 2 });
    expect(drained(foldDeploymentGroups([old, fresh]))).toEqual(['blue.1', 'blue.2']);
  });

  it('swaps the sides where the old one was scaled last', () => {
    const old = side({ id: 'blue', started: T1, target: '4', scaled: '2026-01-03T00:00:00Z', tasks: 2 });
    const fresh = side({ id: 'green', started: T2, fresh: '2', tasks: 3 });
    expect(drained(foldDeploymentGroups([old, fresh]))).toEqual(['green.1']);
  });

  describe('where tasks are killed and `instances` is lowered', () => {
    const labels = { target: '4', fresh: '0' };
    const blue = { id: 'blue', started: T1, ...labels, scaled: '2026-01-03T00:00:00Z' };
    const green = { id: 'green', started: T2, ...labels, scaled: '2026-01-02T00:00:00Z' };

    it('lets them drain until they are gone, and the others serve', () => {
      const fresh = side({ ...green, tasks: 1, alive: 1 });
      expect(drained(foldDeploymentGroups([side({ ...blue, tasks: 4, alive: 4, instances: 3 }), fresh]))).toEqual(['blue.1']);
      const killing = side({ ...blue, tasks: 4, alive: 4, instances: 3 });
      const tasks = killing.tasks.map((task, at) => (at === 0 ? { ...task, state: KILLING } : task));
      expect(drained(foldDeploymentGroups([{ ...killing, tasks }, fresh]))).toEqual([]);
      const two = side({ ...green, tasks: 2, alive: 2 });
      expect(drained(foldDeploymentGroups([side({ ...blue, tasks: 4, alive: 4, instances: 2 }), two]))).toEqual([
        'blue.1',
        'blue.2',
      ]);
    });

    it('counts what is killed without that as it last was', () => {
      const tasks = side({ ...green, tasks: 2, alive: 2 }).tasks.map((task, at) =>
        at === 0 ? { ...task, state: KILLING } : task,
      );
      const old = side({ ...blue, scaled: '2026-01-01T00:00:00Z', tasks: 4, alive: 4 });
      expect(drained(foldDeploymentGroups([old, { ...side({ ...green, instances: 2, tasks: 2, alive: 2 }), tasks }]))).toEqual([
        'blue.1',
        'blue.2',
      ]);
      const shrunk = { ...side({ ...green, instances: 1, tasks: 2, alive: 2 }), tasks };
      expect(drained(foldDeploymentGroups([old, shrunk]))).toEqual(['blue.1']);
    });

    it('lets them drain also where the other side was scaled meanwhile', () => {
      const old = side({ ...blue, scaled: '2026-01-01T00:00:00Z', tasks: 4, alive: 4, instances: 3 });
      expect(drained(foldDeploymentGroups([old, side({ ...green, instances: 2, tasks: 1, alive: 1 })]))).toEqual(['blue.1']);
    });

    it('never drains below the target, nor what only starts', () => {
      const fresh = side({ ...green, tasks: 1, alive: 1 });
      expect(drained(foldDeploymentGroups([side({ ...blue, tasks: 4, alive: 3, instances: 2 }), fresh]))).toEqual([]);
      const app = side({ ...blue, tasks: 5, alive: 4, instances: 4 });
      const starting = app.tasks.map((task, at) => (at === 4 ? { ...task, state: STAGING } : task));
      expect(drained(foldDeploymentGroups([{ ...app, tasks: starting }, fresh]))).toEqual(['green.1']);
    });
  });

  it.each([
    [
      'HAPROXY_DEPLOYMENT_STARTED_AT',
      side({ id: 'blue', started: 'yesterday', tasks: 1 }),
      side({ id: 'green', started: T2, tasks: 1 }),
    ],
    [
      'HAPROXY_DEPLOYMENT_STARTED_AT',
      side({ id: 'green', started: T2, tasks: 1 }),
      side({ id: 'blue', started: '2026-13-01T00:00', tasks: 1 }),
    ],
    [
      'HAPROXY_DEPLOYMENT_TARGET_INSTANCES',
      side({ id: 'green', started: T1, tasks: 1 }),
      side({ id: 'blue', started: T2, fresh: '1', tasks: 1 }),
    ],
    [
      'HAPROXY_DEPLOYMENT_TARGET_INSTANCES',
      side({ id: 'green', started: T1, tasks: 1 }),
      side({ id: 'blue', started: T2, fresh: '1', target: 'x', tasks: 1 }),
    ],
    [
      'versionInfo.lastScalingAt',
      side({ id: 'blue', scaled: 'x', tasks: 1 }),
      side({ id: 'green', started: T2, fresh: '1', target: '1', tasks: 1 }),
    ],
  ])('merges plainly where %s is malformed, and names the app', (label, first, second) => {
    const folded = foldDeploymentGroups([first, second]);
    expect(folded.problems).toMatchObject([
      { code: 'deployment-group', app: '/g', label, detail: expect.stringMatching(/^\/blue: /) as string },
    ]);
    expect(drained(folded)).toEqual([]);
    expect(folded.apps).toHaveLength(1);
    expect(folded.apps[0]?.tasks).toHaveLength(2);
  });
});
