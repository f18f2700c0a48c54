import { expect, test } from 'vitest';
import type { Workload } from '../../model/workload.ts';
import type { BalancerState } from '../types.ts';
import type { ServerStats } from '../types.ts';
import { sideAlone } from './view.ts';
import { workload } from '../../../test/support/workload.ts';

const base = workload({
  id: '/x-blue',
  instances: 1,
  labels: { HAPROXY_DEPLOYMENT_GROUP: '/shop/x', HAPROXY_GROUP: 'external' },
  servicePorts: [80],
});

function server(name: string, status = 'UP'): ServerStats {
  return { name, status, sessions: 1, queued: 1, total: 0, answers: [], failures: 0, answerTime: 0, rate: 0 };
}

function balancer(name: string, backends: Readonly<Record<string, readonly ServerStats[]>>): BalancerState {
  return { kind: 'answers', name, processes: 2, backends: new Map(Object.entries(backends)) };
}

function placesOf(app: Workload, balancers: readonly BalancerState[]) {
  const [task] = sideAlone({ app, raw: {}, deployments: [] }, balancers).tasks;
  return task?.places.map(({ up, off, down, sessions }) => ({ up, off, down, sessions }));
}

const up = { up: true, off: false, down: false };
const off = { up: false, off: true, down: false, sessions: 0 };

test('a task is found by host and port, whatever address the load balancer resolved', () => {
  const app: Workload = { ...base, tasks: [{ id: 't', host: 'agent-1.x', ports: [31_000] }] };
  const at = (name: string) => placesOf(app, [balancer('lb', { shop_x_80: [server(name)] })]);
  expect(at('agent-1_x_10_0_0_1_31000')).toEqual([{ ...up, sessions: 2 }]);
  expect(at('agent-1_x_fd00__1_31000')).toEqual([{ ...up, sessions: 2 }]);
  expect(at('agent-1_x_10_0_0_1_31001')).toEqual([off]);
  expect(at('agent-11_x_10_0_0_1_31000')).toEqual([off]);
});

test('a task with an address of its own is found by that', () => {
  const app: Workload = {
    ...base,
    network: 'container',
    taskPorts: [8080],
    tasks: [{ id: 't', host: 'agent', ip: '9.0.1.2' }],
  };
  expect(placesOf(app, [balancer('lb', { shop_x_80: [server('agent_9_0_1_2_8080')] })])).toEqual([{ ...up, sessions: 2 }]);
  expect(placesOf(app, [balancer('lb', { shop_x_80: [server('agent_9_0_1_3_8080')] })])).toEqual([off]);
});

test('with several service ports all count; those that are off or of another group need not be there', () => {
  const app: Workload = { ...base, servicePorts: [80, 81], tasks: [{ id: 't', host: '10.0.0.1', ports: [1, 2] }] };
  const [one, two] = [server('10_0_0_1_1'), server('10_0_0_1_2')];
  expect(placesOf(app, [balancer('lb', { shop_x_80: [one], shop_x_81: [two] })])).toEqual([{ ...up, sessions: 4 }]);
  expect(placesOf(app, [balancer('lb', { shop_x_80: [one], shop_x_81: [] })])).toMatchObject([{ up: false, off: false }]);
  expect(placesOf(app, [balancer('lb', { shop_x_80: [one], shop_x_81: [server('10_0_0_1_2', 'MAINT')] })])).toMatchObject([
    { up: false, off: false },
  ]);
  const behind = [balancer('a', { shop_x_80: [one], shop_x_81: [two] }), balancer('b', { shop_x_80: [one] })];
  expect(placesOf(app, behind)).toMatchObject([{ up: true }, { up: false }]);
  const labelled = (labels: object): Workload => ({ ...app, labels: { ...app.labels, ...labels } });
  expect(placesOf(labelled({ HAPROXY_1_GROUP: 'internal' }), behind)).toMatchObject([{ up: true }, { up: true }]);
  expect(placesOf(labelled({ HAPROXY_1_ENABLED: 'no' }), behind)).toMatchObject([{ sessions: 2 }, { up: true }]);
});

test('a version with fewer service ports than the other is not looked for at the others', () => {
  const app: Workload = {
    ...base,
    servicePorts: [80, 81],
    tasks: [{ id: 't', host: '10.0.0.1', ports: [1] }],
  };
  const backends = { shop_x_80: [server('10_0_0_1_1')], shop_x_81: [server('10_0_0_2_2')] };
  expect(placesOf(app, [balancer('lb', backends)])).toEqual([{ ...up, sessions: 2 }]);
  expect(placesOf(app, [balancer('lb', { ...backends, shop_x_80: [] })])).toEqual([off]);
});

test('the port that is shown is that of the label', () => {
  const labels = { ...base.labels, HAPROXY_0_PORT: '8000' };
  const app: Workload = { ...base, labels, tasks: [{ id: 't', host: '10.0.0.1', ports: [1] }] };
  expect(placesOf(app, [balancer('lb', { shop_x_8000: [server('10_0_0_1_1')] })])).toMatchObject([{ up: true }]);
});
