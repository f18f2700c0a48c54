import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { createCandidate } from './candidate.ts';
import { findingsOf } from './findings.ts';

const goodOf = (count: number) => new Map(Array.from({ length: count }, (_, id) => [`/app-${id}#0`, service(id)] as const));

it.each([
  [1002, 1002],
  [1003, 1],
])('keeps the last good definitions of services that are away, up to a bound: %i become %i', (count, kept) => {
  const lastGood = goodOf(count);
  const candidates = [createCandidate(service(0), { lastGood })];
  expect(findingsOf(candidates, lastGood).lastGood.size).toBe(kept);
});
