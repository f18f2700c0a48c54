import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { Service } from '../../model/service.ts';
import { createRemovalGuard } from './removal-guard.ts';

function fleet(count: number): readonly Service[] {
  return Array.from({ length: count }, (_, id) =>
    service(id, {}, { servers: [{ taskId: `${id}`, host: 'h', ip: '10.0.0.1', port: 31_000 + id, draining: false }] }),
  );
}

function watched(maxRemoval = 50) {
  const fake = { now: 0, leader: 'one' as string | undefined };
  return { fake, guard: createRemovalGuard({ maxRemoval, clock: () => fake.now, leader: () => fake.leader }) };
}

const ALL = fleet(10);

it('believes anything without a reconnect', () => {
  const { guard } = watched();
  guard.opened();
  expect(guard.review([], ALL, true).kind).toBe('believed');
  expect(guard.review(ALL, [], true).kind).toBe('believed');
});

it.each([
  [10, 'believed'],
  [5, 'believed'],
  [4, 'held'],
  [0, 'held'],
])('after a reconnect %s of 10 servers are %s', (left, kind) => {
  const { guard } = watched();
  guard.opened();
  guard.opened();
  expect(guard.review(ALL, fleet(left), true).kind).toBe(kind);
});

it('doubts what comes right after reads that failed, however long that was', () => {
  const { fake, guard } = watched();
  guard.unreachable();
  fake.now = 100_000;
  guard.unreachable();
  fake.now = 100_200;
  expect(guard.review(ALL, [], true).kind).toBe('held');
  fake.now = 105_300;
  expect(guard.review(ALL, [], true).kind).toBe('believed');
});

it('doubts another leader, not the first and not one that is not known', () => {
  const { fake, guard } = watched();
  expect(guard.review(ALL, [], true).kind).toBe('believed');
  fake.leader = undefined;
  expect(guard.review(ALL, [], true).kind).toBe('believed');
  fake.leader = 'two';
  expect(guard.review(ALL, [], true).kind).toBe('held');
});

it('forgets after a minute, but not what it holds', () => {
  const { fake, guard } = watched();
  guard.opened();
  guard.opened();
  fake.now = 59_999;
  expect(guard.review(ALL, [], true).kind).toBe('held');
  fake.now = 60_001;
  expect(guard.review(ALL, [], true)).toMatchObject({ kind: 'held', retryInMs: 4998 });
  fake.now = 64_999;
  expect(guard.review(ALL, [], true).kind).toBe('believed');
  expect(guard.review(ALL, [], true).kind).toBe('believed');
});

it('takes only a read of everything for a confirmation', () => {
  const { fake, guard } = watched();
  guard.opened();
  guard.opened();
  guard.review(ALL, [], true);
  fake.now = 5000;
  expect(guard.review(ALL, [], false)).toMatchObject({ kind: 'held', retryInMs: 0 });
  expect(guard.review(ALL, [], true).kind).toBe('believed');
});

it('begins anew when the servers are back in between', () => {
  const { fake, guard } = watched();
  guard.opened();
  guard.opened();
  guard.review(ALL, [], true);
  fake.now = 3000;
  expect(guard.review(ALL, fleet(9), true).kind).toBe('believed');
  fake.now = 6000;
  expect(guard.review(ALL, [], true)).toMatchObject({ kind: 'held', retryInMs: 5000 });
});

it('is off with 0', () => {
  const { guard } = watched(0);
  guard.opened();
  guard.opened();
  expect(guard.review(ALL, [], true).kind).toBe('believed');
});

it.each([
  ['that is there again', ALL, true, 'held'],
  ['that is new', [], true, 'believed'],
  ['that reads once', ALL, false, 'believed'],
] as const)('doubts a program %s as after a reconnect', (_, before, staysOn, kind) => {
  const guard = createRemovalGuard({ maxRemoval: 50, clock: () => 0, leader: () => 'one', staysOn });
  expect(guard.review(before, fleet(4), true).kind).toBe(kind);
  expect(guard.review(fleet(10), fleet(4), true).kind).toBe(kind);
});
