import { describe, expect, test } from 'vitest';
import { decide, serversOf, type Situation } from '../../../test/support/deploy/step-world.ts';
import type { Goal, StepSize } from '../types.ts';

const canary = { steps: [25, 50], wait: 60_000, maxErrors: 1, maxSlowdown: 2, minRequests: 20 };

describe('the new app', () => {
  test.each<[string, Situation, RegExp]>([
    [
      'starts',
      { old: { tasks: 'UUUU' }, fresh: { tasks: '-', locked: true } },
      /^Waiting: Marathon still deploys \/x-green: 0 of 1 new tasks running/,
    ],
    ['is not healthy', { old: { tasks: 'UUUU' }, fresh: { tasks: 'h' } }, /^Waiting: 0 of 1 new tasks healthy/],
    ['is not UP yet', { old: { tasks: 'MUUU' }, fresh: { tasks: 'D' } }, /^Waiting: 0 of 1 new tasks UP on lb-1/],
    [
      'is not everywhere',
      { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' }, second: { backends: new Map([['x_80', []]]) } },
      /^Waiting: 0 of 1 new tasks UP on lb-2/,
    ],
    [
      'is there for too long without being UP',
      { old: { tasks: 'MUUU' }, fresh: { tasks: 'D' }, waited: 300_000 },
      /^Stopped: 0 of 1 new tasks UP on lb-1, for 300 s/,
    ],
    [
      'serves, nothing drains any more',
      { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'U' } },
      /^Scale \/x-green to 2 instances/,
    ],
    [
      'is as large as the old one',
      { old: { tasks: 'UU', scaledAt: 3 }, fresh: { tasks: 'UU' } },
      /^Scale \/x-green to 4 instances/,
    ],
    [
      'is not checked by HAProxy',
      { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'n' } },
      /^Scale \/x-green to 2 instances/,
    ],
    [
      'grows by one',
      { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'U' }, stepSize: { linear: 1 } },
      /^Scale \/x-green to 2/,
    ],
    ['is alone', { fresh: { tasks: 'UUUU' } }, /^Done: \/x-green serves alone, with 4 instances/],
    ['was deleted', { old: { tasks: 'UUUU' } }, /^Waiting: only \/x-blue is there, with 4 instances: the other app was deleted/],
    [
      'lacks a label',
      { old: { tasks: 'UUUU' }, fresh: { tasks: 'U' }, labels: { HAPROXY_DEPLOYMENT_TARGET_INSTANCES: 'x' } },
      /^Stopped: .*TARGET_INSTANCES/,
    ],
  ])('%s', (_, situation, expected) => expect(decide(situation)).toMatch(expected));
});

describe('the old app', () => {
  const drains = { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' } };
  test.each<[string, Situation, RegExp]>([
    ['has a task that drained', drains, /^Kill 1 task of \/x-blue with scale: 1 task drained/],
    ['is not told to drain yet', { ...drains, old: { tasks: 'UUUU' } }, /^Waiting: task blue.0 is still in service on lb-1/],
    [
      'drains at one load balancer only',
      {
        ...drains,
        second: {
          backends: new Map([['x_80', [...serversOf('blue', { tasks: 'UUUU' }), ...serversOf('green', { tasks: 'U' })]]]),
        },
      },
      /^Waiting: task blue.0 is still in service on lb-2/,
    ],
    ['has a session', { ...drains, old: { tasks: 'sUUU' } }, /^Waiting: task blue.0 has 1 session on lb-1/],
    [
      'has a session for too long',
      { ...drains, old: { tasks: 'sUUU' }, off: 300_000 },
      /^Kill 1 task .*after 300 s of draining: task blue.0 has 1 session/,
    ],
    ['may be served by an old process', { ...drains, second: { processes: 3 } }, /^Waiting: old processes of lb-2 still serve/],
    [
      'may be served by processes that are not told',
      { ...drains, second: { processes: undefined } },
      /^Waiting: lb-2 does not tell its processes/,
    ],
    ['drained long enough for those', { ...drains, second: { processes: undefined }, off: 10_000 }, /^Kill 1 task/],
    [
      'may come back, as Marathon has just changed its leader',
      { ...drains, disturbed: 1000 },
      /^Waiting: the load balancers may still follow/,
    ],
    [
      'may come back for too long',
      { ...drains, disturbed: 1000, waited: 310_000 },
      /^Stopped: the load balancers may still follow what was true a moment ago, for 310 s/,
    ],
    ['is locked', { ...drains, old: { tasks: 'MUUU', locked: true } }, /^Waiting: Marathon still deploys \/x-blue/],
    ['has drained as a whole', { old: { tasks: 'MM' }, fresh: { tasks: 'UUUU' } }, /^Delete \/x-blue: 2 tasks drained/],
    [
      'drains but for a task that is too many',
      { old: { tasks: 'MU', instances: 1 }, fresh: { tasks: 'UUUU' } },
      /^Kill 1 task of \/x-blue/,
    ],
    [
      'serves, though it is to have no instance',
      { old: { tasks: 'U', instances: 0 }, fresh: { tasks: 'UUUU' } },
      /^Waiting: nothing of \/x-blue drains yet/,
    ],
    ['is empty', { old: { tasks: '' }, fresh: { tasks: 'UUUU' } }, /^Delete \/x-blue: none of its tasks is in service/],
  ])('%s', (_, situation, expected) => expect(decide(situation)).toMatch(expected));
});

test('a load balancer that is silent is named, and waited for until --max-wait', () => {
  const situation: Situation = { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' }, second: { kind: 'silent' } };
  expect(decide(situation)).toBe('Waiting: lb-2 does not answer: ECONNREFUSED');
  expect(decide({ ...situation, off: 300_000 })).toMatch(/^Stopped: lb-2 does not answer: ECONNREFUSED, for 300 s/);
});

describe('side by side', () => {
  const goal: Goal = { kind: 'split', newInstances: 2 };
  test.each<[string, Situation, RegExp]>([
    [
      'an app that is to stay is not deleted while it is not in service',
      { old: { tasks: 'ww', scaledAt: 3, instances: 3 }, fresh: { tasks: 'UU' }, goal },
      /^Scale \/x-green to 3/,
    ],
    ['it grows to its share', { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'U' }, goal }, /^Scale \/x-green to 2/],
    ['what is too much drains', { old: { tasks: 'MUU' }, fresh: { tasks: 'UU' }, goal }, /^Kill 1 task of \/x-blue/],
    [
      'it is done',
      { old: { tasks: 'UU', scaledAt: 3 }, fresh: { tasks: 'UU' }, goal },
      /^Done: 2 new and 2 old instances serve side by side/,
    ],
  ])('%s', (_, situation, expected) => expect(decide(situation)).toMatch(expected));
});

describe('going back', () => {
  const goal: Goal = { kind: 'back' };
  test.each<[string, Situation, RegExp]>([
    [
      'the old app gets all instances at once',
      { old: { tasks: 'UU', scaledAt: 3 }, fresh: { tasks: 'UU' }, goal },
      /^Scale \/x-blue to 4/,
    ],
    [
      'with all instances the direction is turned',
      { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' }, goal },
      /^Scale \/x-blue to 5 instances: one instance more makes/,
    ],
    [
      'and the surplus is taken back',
      { old: { tasks: 'UUUU-', scaledAt: 3, locked: true }, fresh: { tasks: 'M' }, goal },
      /^Scale \/x-blue to 4/,
    ],
    [
      'by its id where it runs, but does not serve yet',
      { old: { tasks: 'UUUUw', scaledAt: 3, locked: true }, fresh: { tasks: 'M' }, goal },
      /^Kill 1 task of \/x-blue with scale: the instance that turned/,
    ],
    [
      'unless it may have served, and be served by an old process',
      { old: { tasks: 'UUUUw', scaledAt: 3, locked: true }, fresh: { tasks: 'M' }, goal, second: { processes: 3 } },
      /^Waiting: Marathon still deploys \/x-blue: 4 of 5 old tasks healthy/,
    ],
    [
      'which it cannot where no check of it has a result',
      { old: { tasks: 'UUUUr', scaledAt: 3, locked: true }, fresh: { tasks: 'M' }, goal, second: { processes: 3 } },
      /^Kill 1 task of \/x-blue with scale: the instance that turned/,
    ],
    [
      'nor where it has a session',
      { old: { tasks: 'UUUUm', scaledAt: 3, locked: true }, fresh: { tasks: 'M' }, goal },
      /^Waiting: Marathon still deploys \/x-blue: 4 of 5 old tasks healthy/,
    ],
    ['unless it serves already', { old: { tasks: 'UUUUU', scaledAt: 3 }, fresh: { tasks: 'M' }, goal }, /^Delete \/x-green/],
    [
      'the new app drains',
      { old: { tasks: 'UUUU', scaledAt: 3 }, fresh: { tasks: 's' }, goal },
      /^Waiting: task green.0 has 1 session/,
    ],
    [
      'a new app that never served is deleted',
      { old: { tasks: 'UUUU' }, fresh: { tasks: '-', locked: true }, goal },
      /^Delete \/x-green: none of its tasks/,
    ],
    [
      'one that is in service no more is not deleted with its sessions',
      { old: { tasks: 'UUUU' }, fresh: { tasks: 'm' }, goal },
      /^Waiting: task green.0 has 1 session on lb-1/,
    ],
    [
      'nor while an old process may serve it',
      { old: { tasks: 'UUUU' }, fresh: { tasks: 'w' }, goal, second: { processes: 3 } },
      /^Waiting: old processes of lb-2 still serve/,
    ],
    [
      'nor where its results are lost',
      { old: { tasks: 'UUUU' }, fresh: { tasks: 'q' }, goal },
      /^Waiting: the load balancers may still follow/,
    ],
    [
      'which cannot be where no check of it has a result',
      { old: { tasks: 'UUUU' }, fresh: { tasks: 'r' }, goal, second: { processes: 3 } },
      /^Delete \/x-green: none of its tasks/,
    ],
    [
      'but when its time is over',
      { old: { tasks: 'UUUU' }, fresh: { tasks: 'm' }, goal, off: 300_000 },
      /^Delete \/x-green: after 300 s of draining: task green.0 has 1 session/,
    ],
    [
      'the old app gets its instances whichever side drains',
      { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'MU' }, goal },
      /^Scale \/x-blue to 4/,
    ],
    [
      'a part of the new app is never killed',
      { old: { tasks: 'UUUU', scaledAt: 3 }, fresh: { tasks: 'MU', instances: 1 }, goal },
      /^Waiting: not all tasks of \/x-green drain yet/,
    ],
    [
      'nothing is deleted while nothing else serves',
      { old: { tasks: 'DDDD' }, fresh: { tasks: '-' }, goal },
      /^Scale \/x-blue to 5/,
    ],
    ['the old one is alone', { old: { tasks: 'UUUU' }, goal }, /^Done: \/x-blue serves alone/],
  ])('%s', (_, situation, expected) => expect(decide(situation)).toMatch(expected));
});

describe('a canary', () => {
  const stepSize: StepSize = { linear: 0, canary };
  const watched: Situation = { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' }, stepSize };
  test.each<[string, Situation, RegExp]>([
    ['is watched', watched, /^Waiting: the new app is watched with 1 instance/],
    ['was watched', { ...watched, off: 60_000 }, /^Kill 1 task of \/x-blue/],
    [
      'grows to its next share',
      { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'U' }, stepSize, off: 60_000 },
      /^Scale \/x-green to 2/,
    ],
    [
      'does not get ready in time',
      { ...watched, fresh: { tasks: 'h' }, waited: 300_000 },
      /^Going back to the old app: 0 of 1 new tasks healthy/,
    ],
  ])('%s', (_, situation, expected) => expect(decide(situation)).toMatch(expected));
});
