import { describe, expect, it } from 'vitest';
import { isIpLiteral, networkMode, servicePorts, taskAddress, taskPorts } from './network.ts';
import type { App } from '../snapshot.ts';

function app(change: Partial<App>): App {
  return { id: '/a', labels: {}, tasks: [], ...change };
}

const mapped = { portMappings: [{ containerPort: 80, servicePort: 10_000 }, { containerPort: 81 }] };

describe('networkMode', () => {
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
    expect(networkMode(app(change))).toBe(mode);
  });
});

describe('servicePorts', () => {
  it('takes the mappings outside of host mode, the docker ones first', () => {
    const both = app({ container: { ...mapped, docker: { portMappings: [{ servicePort: 9000 }] } }, ports: [1] });
    expect(servicePorts(both, 'container')).toEqual([9000]);
    expect(servicePorts(app({ container: { ...mapped, docker: { portMappings: [] } } }), 'container/bridge')).toEqual([10_000]);
    expect(servicePorts(both, 'host')).toEqual([1]);
  });

  it('takes portDefinitions over ports, even where there are none in it', () => {
    expect(servicePorts(app({ portDefinitions: [{ port: 5 }, {}], ports: [1] }), 'host')).toEqual([5]);
    expect(servicePorts(app({ portDefinitions: [], ports: [1] }), 'host')).toEqual([]);
    expect(servicePorts(app({}), 'container')).toEqual([]);
  });
});

describe('taskPorts', () => {
  const task = { id: 't', host: 'h' };

  it('on a host: its own, else those of portDefinitions', () => {
    expect(taskPorts(app({ portDefinitions: [{ port: 5 }] }), 'host', { ...task, ports: [31_000] })).toEqual([31_000]);
    expect(taskPorts(app({ portDefinitions: [{ port: 5 }] }), 'host', { ...task, ports: [] })).toEqual([5]);
    expect(taskPorts(app({ container: mapped }), 'host', task)).toEqual([]);
  });

  it('on a bridge: the container ports last', () => {
    expect(taskPorts(app({ container: mapped }), 'container/bridge', { ...task, ports: [31_000] })).toEqual([31_000]);
    expect(taskPorts(app({ container: mapped }), 'container/bridge', task)).toEqual([80, 81]);
  });

  it('in a network of containers: the discovered ones, else the container ports', () => {
    const discovery = { ports: [{ number: 7 }] };
    expect(taskPorts(app({ container: mapped, ipAddress: { discovery } }), 'container', { ...task, ports: [1] })).toEqual([7]);
    expect(taskPorts(app({ container: mapped, ipAddress: {} }), 'container', { ...task, ports: [1] })).toEqual([80, 81]);
  });
});

describe('taskAddress', () => {
  const addresses = new Map([['agent', '10.0.0.9']]);

  it('is that of the host, looked up, or of the container', () => {
    const task = { id: 't', host: 'agent', ipAddresses: [{ ipAddress: '9.0.0.1' }, { ipAddress: '9.0.0.2' }] };
    expect(taskAddress('host', task, addresses)).toEqual({ host: 'agent', ip: '10.0.0.9' });
    expect(taskAddress('container/bridge', { id: 't', host: '10.1.1.1' }, addresses)).toEqual({
      host: '10.1.1.1',
      ip: '10.1.1.1',
    });
    expect(taskAddress('container', task, addresses)).toEqual({ host: 'agent', ip: '9.0.0.1' });
  });

  it('is none without host, name or address', () => {
    expect(taskAddress('host', { id: 't' }, addresses)).toBeUndefined();
    expect(taskAddress('host', { id: 't', host: 'nobody' }, addresses)).toBeUndefined();
    expect(taskAddress('container', { id: 't', host: 'agent', ipAddresses: [] }, addresses)).toBeUndefined();
    expect(taskAddress('container', { id: 't', host: 'agent', ipAddresses: [{}] }, addresses)).toBeUndefined();
  });
});

describe('isIpLiteral', () => {
  it('knows both kinds', () => {
    expect(['10.0.0.1', '::1', '10.0.0.1.example.com', 'agent-1'].map(isIpLiteral)).toEqual([true, true, false, false]);
  });
});
