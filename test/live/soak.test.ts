import { expect, test } from 'vitest';
import { soak } from '../support/soak/soak.ts';

// The long one is `npm run soak`.
test('scaling, deployments, bad labels, lost leaders and streams under load: no request fails, nothing is left behind', async () => {
  const { turns, requests, failures, memory } = await soak({ seconds: 30, seed: 1 });
  expect(Object.fromEntries(failures)).toEqual({});
  expect(requests).toBeGreaterThan(1000);
  for (const [lane, count] of Object.entries(turns)) expect([lane, count > 0]).toEqual([lane, true]);
  // Half a minute tells a flood, not a leak.
  expect(memory.late).toBeLessThan(memory.early * 2);
}, 120_000);
