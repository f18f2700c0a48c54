import { describe, expect, it } from 'vitest';
import { serverName } from '../names.ts';
import { serversOf } from './servers.ts';
import type { Task, Workload } from '../workload.ts';
import { workload } from '../../../test/support/workload.ts';

function servers(tasks: readonly Task[], change: Partial<Workload> = {}, count = 1): ReturnType<typeof serversOf> {
  const app = workload({ id: '/a', tasks, ...change });
  const context = { addresses: new Map([['agent', '10.0.0.9']]), health: new Map<string, boolean>() };
  return serversOf(app, count, context, new Set(['draining']), { healthCheck: false });
}

describe('serversOf', () => {
  it('pairs ports by position, the shorter list ends it', () => {
    const { byIndex } = servers([{ id: 't', host: '10.0.0.1', ports: [1, 2] }], {}, 3);
    expect(byIndex.map((own) => own.map(({ port }) => port))).toEqual([[1], [2], []]);
    expect(servers([{ id: 't', host: '10.0.0.1', ports: [1, 2] }], {}, 1).byIndex).toHaveLength(1);
  });

  it('sorts by host, then port, and takes a host and port once', () => {
    const tasks = [
      { id: '1', host: '10.0.0.2', ports: [9] },
      { id: '2', host: '10.0.0.1', ports: [20] },
      { id: '4', host: '10.0.0.1', ports: [3] },
      { id: '3', host: '10.0.0.1', ports: [3] },
      { id: 'draining', host: 'agent', ports: [1] },
    ];
    const expected = [
      ['3', '10.0.0.1', 3, false],
      ['2', '10.0.0.1', 20, false],
      ['1', '10.0.0.2', 9, false],
      ['draining', '10.0.0.9', 1, true],
    ];
    for (const order of [tasks, tasks.toReversed()]) {
      expect(servers(order).byIndex[0]?.map(({ taskId, ip, port, draining }) => [taskId, ip, port, draining])).toEqual(expected);
    }
  });

  it('says which tasks could not be read', () => {
    const { problems, byIndex } = servers([{ id: 't', host: '10.0.0.1', ports: [1] }], {
      unreadTasks: ['task u cannot be read: id'],
    });
    expect(problems).toEqual([{ code: 'task-unreadable', app: '/a', detail: 'task u cannot be read: id; it gets no traffic' }]);
    expect(byIndex[0]).toHaveLength(1);
  });

  it('says which tasks have no address or no ports', () => {
    const { problems, byIndex } = servers([
      { id: 'lost', host: 'nowhere', ports: [1] },
      { id: 'mute', host: 'agent' },
    ]);
    expect(problems.map(({ code, app, detail }) => [code, app, /task (\w+)/.exec(detail)?.[1]])).toEqual([
      ['task-without-address', '/a', 'lost'],
      ['task-without-ports', '/a', 'mute'],
    ]);
    expect(byIndex).toEqual([[]]);
  });
});

describe('serverName', () => {
  it('says host and address, an address once', () => {
    expect(serverName({ host: 'agent-1.example.com', ip: '10.0.0.9', port: 31_000 })).toBe('agent-1_example_com_10_0_0_9_31000');
    expect(serverName({ host: '10.0.0.9', ip: '10.0.0.9', port: 31_000 })).toBe('10_0_0_9_31000');
  });
});
