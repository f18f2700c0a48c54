import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { createWard } from './candidate.ts';
import { lessonsOf } from './result.ts';

const goodOf = (count: number) => new Map(Array.from({ length: count }, (_, id) => [`/app-${id}#0`, service(id)] as const));

it.each([
  [1002, 1002],
  [1003, 1],
])('keeps the last good definitions of services that are away, up to a bound: %i become %i', (count, kept) => {
  const lastGood = goodOf(count);
  const wards = [createWard(service(0), { lastGood })];
  expect(lessonsOf(wards, lastGood).lastGood.size).toBe(kept);
});
