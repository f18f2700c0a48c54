import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { createPassState, mergeFollowed, type PassState } from './state.ts';

const doc = (): ConfigDocument => ({ sections: [], files: [] });

it('takes from the check what HAProxy accepts, and from the changes what it runs', () => {
  const before: PassState = { ...createPassState(), current: doc() };
  const checked: PassState = {
    ...before,
    lastGood: new Map([['/app-1#0', service(1)]]),
    rejected: new Map(),
    warnings: [{ code: 'haproxy-warning', app: '/app-1', detail: 'x' }],
  };
  const followed: PassState = { ...before, current: doc(), pendingReload: ['no'], holders: new Map([['port 1', ['/a']]]) };
  const merged = mergeFollowed(checked, followed);
  for (const key of ['lastGood', 'rejected', 'warnings', 'report', 'served', 'live'] as const)
    expect(merged[key]).toBe(checked[key]);
  for (const key of ['current', 'pendingReload', 'holders'] as const) expect(merged[key]).toBe(followed[key]);
});
