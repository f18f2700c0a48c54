import { describe, expect, test } from 'vitest';
import type { App } from '../model/snapshot.ts';
import { describe as inWords } from './describe.ts';
import { type Memory, newMemory, remember } from './memory.ts';
import type { AppSeen, BalancerSeen, Goal, Pace, Seen } from './seen.ts';
import type { ServerStats } from './stats-csv.ts';
import { step } from './step.ts';
import { viewOf } from './view.ts';

/** A side: states of its tasks at every load balancer, one letter a task. */
interface Side {
  /** U: UP, M: MAINT, D: DOWN, n: no check, -: not there yet, s: MAINT with a session, h: UP, but not healthy for Marathon, w: running, neither healthy nor UP, m: as s, not healthy either, r: running, no result of a check yet, q: as s, its results lost. */
  readonly tasks: string;
  readonly instances?: number;
  readonly scaledAt?: number;
  readonly locked?: boolean;
}

interface Situation {
  readonly old?: Side;
  readonly fresh?: Side;
  readonly goal?: Goal;
  readonly pace?: Pace;
  /** Milliseconds since the last write, and since the tasks that are off were so. */
  readonly waited?: number;
  readonly off?: number;
  /** Milliseconds since Marathon did not answer. */
  readonly disturbed?: number;
  readonly second?: Partial<Extract<BalancerSeen, { kind: 'answers' }>> | { readonly kind: 'silent' };
  readonly labels?: Readonly<Record<string, string>>;
  /** The new app has another virtual host; load balancers are those of 1.15, and have been without service for so long. */
  readonly differs?: true;
  readonly dark?: number;
}

const TARGET = 4;
const STATUS: Readonly<Record<string, string>> = {
  U: 'UP',
  M: 'MAINT',
  D: 'DOWN 1/3',
  n: 'no check',
  s: 'MAINT',
  m: 'MAINT',
  q: 'MAINT',
  h: 'UP',
};

function appSeen(colour: 'blue' | 'green', side: Side, labels: Situation['labels']): AppSeen {
  const { tasks, instances = tasks.length, scaledAt = colour === 'blue' ? 1 : 2, locked = false } = side;
  const app: App = {
    id: `/x-${colour}`,
    instances,
    labels: {
      HAPROXY_DEPLOYMENT_GROUP: 'x',
      HAPROXY_0_PORT: '80',
      HAPROXY_DEPLOYMENT_STARTED_AT: colour === 'blue' ? '2026-01-01T00:00:00' : '2026-02-01T00:00:00',
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(TARGET),
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: '0',
      ...labels,
    },
    portDefinitions: [{ port: 80 }],
    healthChecks: [{ protocol: 'HTTP' }],
    versionInfo: { lastScalingAt: new Date(scaledAt).toISOString() },
    tasks: tasks.split('').map((state, at) => ({
      id: `${colour}.${at}`,
      host: 'agent-1',
      ports: [portOf(colour, at)],
      state: state === '-' ? 'TASK_STAGING' : 'TASK_RUNNING',
      healthCheckResults: '-rq'.includes(state) ? [] : [{ alive: !'hwm'.includes(state) }],
    })),
  };
  return { app, raw: {}, deployments: locked ? ['d'] : [] };
}

function portOf(colour: string, at: number): number {
  return (colour === 'blue' ? 100 : 200) + at;
}

function serversOf(colour: string, { tasks }: Side): ServerStats[] {
  return tasks.split('').flatMap((state, at) => {
    const status = STATUS[state];
    const rest = {
      sessions: 'smq'.includes(state) ? 1 : 0,
      queued: 0,
      total: 0,
      answers: [],
      failures: 0,
      answerTime: 0,
      rate: 0,
    };
    return status === undefined ? [] : { name: `agent-1_10_0_0_7_${portOf(colour, at)}`, status, ...rest };
  });
}

function decide({
  old,
  fresh,
  goal = { kind: 'forward' },
  pace = { linear: 0 },
  waited = 0,
  off = 0,
  disturbed = 10_000,
  second,
  labels,
  differs,
  dark = off,
}: Situation): string {
  const at = 1_000_000;
  const sides = [['blue', old] as const, ['green', fresh] as const];
  const servers = sides.flatMap(([colour, side]) => (side ? serversOf(colour, side) : []));
  const first: BalancerSeen = { kind: 'answers', name: 'lb-1', processes: 2, backends: new Map([['x_80', servers]]) };
  const balancers: BalancerSeen[] = [first];
  if (second?.kind === 'silent') balancers.push({ kind: 'silent', name: 'lb-2', why: 'ECONNREFUSED' });
  else if (second) balancers.push({ ...first, name: 'lb-2', ...second });
  const apps = sides.flatMap(([colour, side]) =>
    side ? appSeen(colour, side, { ...labels, ...(differs && { HAPROXY_0_VHOST: colour }) }) : [],
  );
  const seen: Seen = { at, apps, balancers };
  const course = { goal, pace, fresh: '/x-green', waits: { maxWait: 300_000, drainTime: 10_000, settle: 2000 } };
  const view = apps.length === 2 ? viewOf(seen, goal) : undefined;
  const then: Seen = { ...seen, at: at - Math.max(off, dark) };
  const known = view?.kind === 'view' ? view : undefined;
  let memory: Memory = remember({ ...newMemory(at - off), best: 1000, disturbed: at - disturbed }, then, known, goal, pace);
  memory = remember({ ...memory, since: at - waited }, seen, known, goal, pace);
  return inWords(step(seen, course, memory));
}

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
    ['grows by one', { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'U' }, pace: { linear: 1 } }, /^Scale \/x-green to 2/],
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
  const pace: Pace = { linear: 0, canary };
  const watched: Situation = { old: { tasks: 'MUUU' }, fresh: { tasks: 'U' }, pace };
  test.each<[string, Situation, RegExp]>([
    ['is watched', watched, /^Waiting: the new app is watched with 1 instance/],
    ['was watched', { ...watched, off: 60_000 }, /^Kill 1 task of \/x-blue/],
    [
      'grows to its next share',
      { old: { tasks: 'UUU', scaledAt: 3 }, fresh: { tasks: 'U' }, pace, off: 60_000 },
      /^Scale \/x-green to 2/,
    ],
    [
      'does not get ready in time',
      { ...watched, fresh: { tasks: 'h' }, waited: 300_000 },
      /^Going back to the old app: 0 of 1 new tasks healthy/,
    ],
  ])('%s', (_, situation, expected) => expect(decide(situation)).toMatch(expected));
});

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
