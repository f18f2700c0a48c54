import { describe, expect, it } from 'vitest';
import { type AppDefinition, type TaskDefinition, workloadOf } from './dialects.ts';

function app(change: Partial<AppDefinition>, ...tasks: readonly Partial<TaskDefinition>[]) {
  return workloadOf(
    { id: '/a', labels: {}, ...change },
    tasks.map((task) => ({ id: 't', ...task })),
  );
}

function taskOf(task: Partial<TaskDefinition>) {
  return app({}, task).tasks[0];
}

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;

const mapped = { portMappings: [{ containerPort: 80, servicePort: 10_000 }, { containerPort: 81 }] };
const bridge = { networks: [{ mode: 'container/bridge' }] };
const container = { networks: [{ mode: 'container' }] };

describe('network', () => {
  it.each([
    ['nothing', {}, 'host'],
    ['ipAddress', { ipAddress: {} }, 'container'],
    ['docker USER', { container: { docker: { network: 'USER' } } }, 'container'],
    ['docker BRIDGE beside ipAddress', { ipAddress: {}, container: { docker: { network: 'BRIDGE' } } }, 'container/bridge'],
    ['docker HOST', { container: { docker: { network: 'HOST' } } }, 'host'],
    ['networks over docker', { container: { docker: { network: 'BRIDGE' } }, networks: [{ mode: 'host' }] }, 'host'],
    ['networks without a mode', { networks: [{}] }, 'container'],
    ['the last of networks', { networks: [{ mode: 'host' }, { mode: 'container/bridge' }] }, 'container/bridge'],
  ] as const)('%s', (_, change, mode) => {
    expect(app(change).network).toBe(mode);
  });
});

describe('servicePorts', () => {
  it('are those of the mappings outside of host mode, the docker ones first', () => {
    const both = { container: { ...mapped, docker: { portMappings: [{ servicePort: 9000 }] } }, ports: [1] };
    expect(app({ ...both, ...container }).servicePorts).toEqual([9000]);
    expect(app({ container: { ...mapped, docker: { portMappings: [] } }, ...bridge }).servicePorts).toEqual([10_000]);
    expect(app(both).servicePorts).toEqual([1]);
  });

  it('are portDefinitions rather than ports, even if there are none in it', () => {
    expect(app({ portDefinitions: [{ port: 5 }, {}], ports: [1] }).servicePorts).toEqual([5]);
    expect(app({ portDefinitions: [], ports: [1] }).servicePorts).toEqual([]);
    expect(app(container).servicePorts).toEqual([]);
  });
});

describe('udpPorts', () => {
  it('are told by their place among the service ports', () => {
    const portDefinitions = [{ protocol: 'udp' }, { port: 1, protocol: 'tcp' }, { port: 2, protocol: 'udp' }, { port: 3 }];
    expect(app({ portDefinitions })).toMatchObject({ servicePorts: [1, 2, 3], udpPorts: [1] });
    const portMappings = [{ servicePort: 1, protocol: 'udp,tcp' }, { protocol: 'udp' }, { servicePort: 2, protocol: 'udp' }];
    expect(app({ container: { portMappings }, ...bridge })).toMatchObject({ servicePorts: [1, 2], udpPorts: [1] });
    expect(app({ container: { portMappings }, portDefinitions: [{ port: 3 }] }).udpPorts).toBeUndefined();
  });
});

describe('taskPorts', () => {
  it('are those of portDefinitions on a host', () => {
    expect(app({ portDefinitions: [{ port: 5 }], ports: [6] }).taskPorts).toEqual([5]);
    expect(app({ container: mapped, ports: [6] }).taskPorts).toEqual([]);
  });

  it('are the container ports last on a bridge', () => {
    expect(app({ container: mapped, portDefinitions: [{ port: 5 }], ...bridge }).taskPorts).toEqual([5]);
    expect(app({ container: mapped, ...bridge }).taskPorts).toEqual([80, 81]);
  });

  it('are the discovered ones in a network of containers, else the container ports', () => {
    const discovery = { ports: [{ number: 7 }] };
    expect(app({ container: mapped, ipAddress: { discovery } }).taskPorts).toEqual([7]);
    expect(app({ container: mapped, ipAddress: {}, portDefinitions: [{ port: 5 }] }).taskPorts).toEqual([80, 81]);
  });
});

describe('since', () => {
  it('is when more than the scale changed, as far as Marathon tells', () => {
    const versionInfo = { lastScalingAt: '3', lastConfigChangeAt: '1' };
    expect(app({ version: '3', versionInfo })).toMatchObject({ since: '1', scaledAt: '3' });
    expect(app({ version: '3' }).since).toBe('3');
  });
});

describe('tasks', () => {
  it('have the first address', () => {
    expect(taskOf({ ipAddresses: [{ ipAddress: '9.0.0.1' }, { ipAddress: '9.0.0.2' }] })?.ip).toBe('9.0.0.1');
    expect(taskOf({ ipAddresses: [{}, { ipAddress: '9.0.0.2' }] })?.ip).toBeUndefined();
    expect(taskOf({ ipAddresses: [] })?.ip).toBeUndefined();
  });

  it.each(['TASK_RUNNING', undefined])('in the state %s just run', (state) => {
    expect(taskOf({ state })?.state).toBeUndefined();
  });

  it.each(['TASK_LOST', 'TASK_UNREACHABLE', 'TASK_SOMETHING_NEW'])('in the state %s may serve', (name) => {
    expect(taskOf({ state: name })?.state).toEqual({ name, mayServe: true, isEnding: false });
  });

  it.each('STAGING STARTING KILLING FINISHED FAILED KILLED ERROR DROPPED GONE GONE_BY_OPERATOR UNKNOWN'.split(' '))(
    'in the state TASK_%s may not serve',
    (state) => {
      const name = `TASK_${state}`;
      expect(taskOf({ state: name })?.state).toEqual({ name, mayServe: false, isEnding: state === 'KILLING' });
    },
  );

  it.each([
    [[{ alive: false }, { alive: true }], true],
    [[{ alive: false }, {}], false],
    [[], undefined],
    [undefined, undefined],
  ])('with the results %j are alive: %s', (healthCheckResults, alive) => {
    expect(taskOf({ healthCheckResults })?.alive).toBe(alive);
  });

  it('are of a former version if more than the scale changed since', () => {
    const versionInfo = { lastConfigChangeAt: at(2) };
    const tasks = [at(1), at(2), at(3), 'yesterday', 1].map((version) => ({ version }));
    const none = tasks.slice(1).map(() => undefined);
    expect(app({ versionInfo }, ...tasks).tasks.map(({ formerVersion }) => formerVersion)).toEqual([at(1), ...none]);
    expect(app({}, ...tasks).tasks.map(({ formerVersion }) => formerVersion)).toEqual([undefined, ...none]);
  });
});
