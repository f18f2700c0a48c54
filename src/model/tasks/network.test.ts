import { describe, expect, it } from 'vitest';
import { isIpLiteral, taskAddress, taskPorts } from './network.ts';

const task = { id: 't', host: 'h', ports: [31_000] };

describe('taskPorts', () => {
  it.each(['host', 'container/bridge'] as const)('%s: its own, else those of the definition', (network) => {
    expect(taskPorts({ network, taskPorts: [5] }, task)).toEqual([31_000]);
    expect(taskPorts({ network, taskPorts: [5] }, { ...task, ports: [] })).toEqual([5]);
    expect(taskPorts({ network, taskPorts: [5] }, { id: 't' })).toEqual([5]);
  });

  it('in a network of containers: those of the definition', () => {
    expect(taskPorts({ network: 'container', taskPorts: [80] }, task)).toEqual([80]);
    expect(taskPorts({ network: 'container', taskPorts: [] }, task)).toEqual([]);
  });
});

describe('taskAddress', () => {
  const addresses = new Map([['agent', '10.0.0.9']]);
  const [host, bridge, container] = [{ network: 'host' }, { network: 'container/bridge' }, { network: 'container' }] as const;

  it('is that of the host, looked up, or of the container', () => {
    const own = { id: 't', host: 'agent', ip: '9.0.0.1' };
    expect(taskAddress(host, own, addresses)).toEqual({ host: 'agent', ip: '10.0.0.9' });
    expect(taskAddress(bridge, { id: 't', host: '10.1.1.1' }, addresses)).toEqual({ host: '10.1.1.1', ip: '10.1.1.1' });
    expect(taskAddress(container, own, addresses)).toEqual({ host: 'agent', ip: '9.0.0.1' });
  });

  it('is none without host, name or address', () => {
    expect(taskAddress(host, { id: 't' }, addresses)).toBeUndefined();
    expect(taskAddress(host, { id: 't', host: 'nobody' }, addresses)).toBeUndefined();
    expect(taskAddress(container, { id: 't', host: 'agent' }, addresses)).toBeUndefined();
  });
});

describe('isIpLiteral', () => {
  it('knows both kinds', () => {
    expect(['10.0.0.1', '::1', '10.0.0.1.example.com', 'agent-1'].map(isIpLiteral)).toEqual([true, true, false, false]);
  });
});
