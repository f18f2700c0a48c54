import { expect, test } from 'vitest';
import { documentOf, service } from '../../test/support/rendering/documents.ts';
import type { Service } from '../model/service.ts';
import { compare } from './compare.ts';
import { describe } from './describe.ts';

const server = (port: number, ip = '10.0.0.1') => ({ taskId: `t${port}`, host: 'agent', ip, port, draining: false });
const documentWith = (...services: Service[]) => documentOf(services, '/run', 25_000);
const told = (before: Service[], after: Service[]) => describe(compare(documentWith(...before), documentWith(...after)));

test('servers come, go, move and drain', () => {
  const before = [service(1, {}, { servers: [server(1), server(2)] })];
  const after = [service(1, {}, { servers: [{ ...server(2), ip: '10.0.0.9' }, server(3)] })];
  expect(told(before, after)).toEqual([
    { app: '/app-1', text: 'server + 10.0.0.1:3 to /app-1:10001' },
    { app: '/app-1', text: 'server - 10.0.0.1:1 from /app-1:10001' },
    { app: '/app-1', text: 'server agent_2 of /app-1:10001: 10.0.0.1:2 → 10.0.0.9:2' },
  ]);
  expect(told([service(1)], [service(1, { SERVER: ' disabled' })])[0]?.text).toBe('server 10.0.0.1:31000 of /app-1:10001 drains');
  expect(told([service(1, { SERVER: ' disabled' })], [service(1)])[0]?.text).toMatch(/serves again$/);
  expect(told([service(1)], [service(1, { SERVER: ' weight 3' })])[0]?.text).toMatch(/of \/app-1:10001 changed$/);
  expect(
    told([service(1, {}, { servers: [server(1), server(2)] })], [service(1, {}, { servers: [server(2), server(1)] })]),
  ).toEqual([{ app: '/app-1', text: 'order of the servers of /app-1:10001 changed' }]);
});

test('services come and go, and the shared frontend says whose rules', () => {
  expect(told([service(1)], [service(2)])).toEqual([
    { app: '/app-2', text: 'service /app-2:10002 is new (1 server)' },
    { app: '/app-1', text: 'service /app-1:10001 is gone' },
    { text: 'rules of frontend marathon_http_in: +app-2_10002 -app-1_10001' },
  ]);
});

test('changed settings are said with the servers that came along', () => {
  const after = service(1, { RULE: '  # other\n' }, { balance: 'leastconn', servers: [server(5)] });
  expect(told([service(1)], [after])).toEqual([
    { app: '/app-1', text: 'settings of /app-1:10001 changed' },
    { app: '/app-1', text: 'server + 10.0.0.1:5 to /app-1:10001' },
    { app: '/app-1', text: 'server - 10.0.0.1:31000 from /app-1:10001' },
    { text: 'rules of frontend marathon_http_in: ~app-1_10001' },
  ]);
});

test('the own frontend of a new service is not said again; alone it is', () => {
  const owner = { app: '/a', index: 0, backend: 'a_1' };
  const blocks = [{ text: 'x\n' }];
  const frontend = { kind: 'frontend', name: 'a_1', owner, blocks } as const;
  const backend = { kind: 'backend', name: 'a_1', owner, blocks, servers: [] } as const;
  expect(
    describe([
      { kind: 'section-new', section: frontend },
      { kind: 'section-new', section: backend },
    ]),
  ).toEqual([{ app: '/a', text: 'service /a:1 is new (0 servers)' }]);
  expect(describe([{ kind: 'section-gone', section: frontend }])).toEqual([{ app: '/a', text: 'frontend a_1 is gone' }]);
  expect(describe([{ kind: 'section-changed', before: frontend, after: { ...frontend, blocks: [] } }])).toEqual([
    { app: '/a', text: 'frontend a_1 changed' },
  ]);
});

test('what concerns all', () => {
  const head = { kind: 'head', name: 'head', blocks: [{ text: 'x\n' }] } as const;
  expect(
    describe([
      { kind: 'section-changed', before: head, after: { ...head, blocks: [] } },
      { kind: 'order' },
      { kind: 'file', fileKind: 'map', name: 'domain2backend.map', before: undefined, after: undefined, difference: '+2 -1' },
    ]).map(({ text }) => text),
  ).toEqual(['the head changed', 'the order of sections changed', 'map domain2backend.map: +2 -1']);
});
