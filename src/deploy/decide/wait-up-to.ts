import type { Blame, Step, Waits } from '../types.ts';

/** Waits for as long as `maxWait` allows, and stops then. */
export function waitUpTo(at: number, since: number, { maxWait }: Waits, blame: Blame, why: string): Step {
  if (at - since < maxWait) return { kind: 'wait', why, blame, until: since + maxWait };
  return { kind: 'stop', why: `${why}, for ${Math.round((at - since) / 1000)} s`, blame };
}
