import { describe, expect, it } from 'vitest';
import { HAPROXIES, haproxiesOf, MATRIX, versionOf } from './haproxies.ts';

const BRANCHES = MATRIX.haproxy;

describe('HAPROXIES', () => {
  it('are all that are installed, and Debian’s own whatever is installed', () => {
    expect(haproxiesOf({}, () => false)).toEqual([BRANCHES['2.6']]);
    expect(haproxiesOf({ CI: '' }, (path) => path === BRANCHES['3.4'])).toEqual([BRANCHES['2.6'], BRANCHES['3.4']]);
  });

  it('are all in CI, there or not', () => {
    expect(haproxiesOf({ CI: 'true' }, () => false)).toEqual(Object.values(BRANCHES));
  });

  it.each(Object.entries(BRANCHES).filter(([, path]) => HAPROXIES.includes(path)))('%s is that branch', (branch, path) => {
    expect(versionOf(path)).toMatch(new RegExp(`^${branch.replace('.', '\\.')}\\.`));
  });
});
