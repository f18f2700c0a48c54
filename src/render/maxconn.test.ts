import { describe, expect, it } from 'vitest';
import { maxconnFor } from './maxconn.ts';

describe('maxconnFor', () => {
  it.each([
    [1024, 0, 384],
    [20_000, 0, 7500],
    [20_000, 4900, 7500],
    [20_000, 4901, 5904],
    [20_000, 10_000, 1808],
    [524_288, 0, 50_000],
    [524_288, 60_000, 50_000],
    [Infinity, 100_000, 50_000],
    [undefined, 0, 1536],
    [64, 0, 100],
    [20_000, 19_000, 100],
  ])('for a limit of %s open files and %s sockets is %s', (limit, sockets, expected) => {
    expect(maxconnFor(limit, sockets)).toBe(expected);
  });

  it('leaves what HAProxy needs, where anything is left', () => {
    for (let sockets = 0; sockets < 19_500; sockets += 7) {
      expect(2 * maxconnFor(20_000, sockets) + sockets + 27).toBeLessThanOrEqual(20_000);
    }
  });
});
