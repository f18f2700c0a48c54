import { describe, expect, test } from 'vitest';
import { decide, type Situation } from '../../../test/support/deploy/step-world.ts';
import type { Goal } from '../types.ts';

describe('load balancers of 1.15, which serve both apps by the definition of the one scaled earlier', () => {
  const back: Goal = { kind: 'back' };
  const split: Goal = { kind: 'split', newInstances: 2 };
  test.each<[string, Situation, RegExp]>([
    [
      'going back, the new tasks do not drain',
      { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' }, goal: back },
      /^Delete \/x-green: load balancers are to keep/,
    ],
    [
      'nor where the old app lacks instances',
      { old: { tasks: 'UU', scaledAt: 3 }, fresh: { tasks: 'UU' }, goal: back },
      /^Scale \/x-blue to 4/,
    ],
    [
      'the old definition is put into force',
      { old: { tasks: 'DDDD', scaledAt: 3 }, fresh: { tasks: 'M' }, goal: back },
      /^Scale \/x-green to 2/,
    ],
    [
      'not more new tasks end than old ones serve',
      { old: { tasks: 'MMMU' }, fresh: { tasks: 'UUU' }, goal: back },
      /^Kill 2 tasks of \/x-green/,
    ],
    ['old tasks that start are waited for', { old: { tasks: 'MU--' }, fresh: { tasks: 'UU' }, goal: back }, /^Waiting: /],
    [
      'without service, the new app goes at once',
      { old: { tasks: 'DD', scaledAt: 3, instances: 2 }, fresh: { tasks: 'M' }, goal: back, dark: 3000 },
      /^Delete \/x-green: no task of the group is UP on lb-1: without it/,
    ],
    [
      'forward, the old definition is put into force again',
      { old: { tasks: 'DDD', scaledAt: 3 }, fresh: { tasks: 'MU' }, waited: 9000 },
      /^Scale \/x-green to 4/,
    ],
    [
      'without service, drained old tasks come back',
      { old: { tasks: 'M', instances: 4 }, fresh: { tasks: 'D' }, dark: 3000 },
      /^Going back to the old app: no task of the group is UP on lb-1/,
    ],
    [
      'without service, an old app that fails its own checks goes',
      { old: { tasks: 'DDDD' }, fresh: { tasks: 'D' }, dark: 3000 },
      /^Delete \/x-blue: no task of the group is UP on lb-1: its definition keeps/,
    ],
    ['a moment without service is none', { old: { tasks: 'M', instances: 4 }, fresh: { tasks: 'D' }, dark: 500 }, /^Waiting/],
    [
      'side by side, the old definition is in force in the end',
      { old: { tasks: 'UU', scaledAt: 3 }, fresh: { tasks: 'UU' }, goal: split },
      /^Scale \/x-green to 3/,
    ],
  ])('%s', (_, situation, expected) => expect(decide({ ...situation, differs: true })).toMatch(expected));
});
