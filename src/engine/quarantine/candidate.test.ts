import { expect, test } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { Server, Service } from '../../model/service.ts';
import { findingsOf } from './findings.ts';
import { createCandidate, fallBack } from './candidate.ts';

const server: Server = { taskId: 'old', host: '10.0.0.1', ip: '10.0.0.1', port: 31_000, draining: false };
const other: Server = { ...server, taskId: 'new', port: 31_001, own: { templates: { SERVER: ' weird' } } };
const alone: Service = service(1, {}, { servers: [server] });
const both: Service = { ...alone, servers: [server, other] };
const fault = { message: "unknown keyword 'weird'", label: undefined, bind: undefined, isOfServers: false, files: [] };
const good = findingsOf([createCandidate(alone, { lastGood: new Map() })], new Map());

test('servers with rules of their own that HAProxy refuses go by the definition of the service', () => {
  const candidate = createCandidate(both, good);
  expect(candidate.active).toBe(both);
  fallBack(candidate, fault);
  const { own: _own, ...plain } = other;
  expect(candidate.active?.servers).toEqual([server, plain]);
  fallBack(candidate, fault);
  expect(candidate.active).toBeUndefined();
});

test('what was refused of these servers is no matter of the service without them', () => {
  const candidate = createCandidate(both, good);
  fallBack(candidate, fault);
  const past = findingsOf([candidate], good.lastGood);
  expect(createCandidate(both, past).active?.servers.map(({ own }) => own)).toEqual([undefined, undefined]);
  const moved: Service = {
    ...both,
    servers: [
      { ...server, port: 31_002 },
      { ...other, port: 31_003 },
    ],
  };
  expect(createCandidate(moved, past).active?.servers.map(({ own }) => own)).toEqual([undefined, undefined]);
  expect(createCandidate(alone, past)).toMatchObject({ active: alone, fault: undefined });
});
