import { expect, test } from 'vitest';
import type { HaproxyProcess } from '../process/processes.ts';
import type { Identity } from './replies.ts';
import { lookAtWorker, waitForNewWorker, type WorkerView } from './worker-identity.ts';

const { signal } = new AbortController();

/** What there is from a moment on: the process that answers (its uptime counts from then), and those that run, as `pid` or `pid.start`. */
interface Moment {
  readonly at: number;
  readonly answers?: number;
  readonly runs?: readonly string[];
}

/** Looks before a reload, and waits for its new worker in virtual time. Without `runs` nothing looks for processes. */
async function reloaded(within: number, ...moments: readonly Moment[]): Promise<string> {
  let now = -1;
  const moment = (): Moment => moments.findLast(({ at }) => at <= now) ?? { at: 0 };
  const view: WorkerView = {
    answering: async (): Promise<Identity | undefined> => {
      const { answers, at } = moment();
      return answers === undefined ? undefined : { pid: answers, uptime: now - at };
    },
    ...(moments.some(({ runs }) => runs !== undefined) && {
      processes: async (): Promise<readonly HaproxyProcess[]> =>
        (moment().runs ?? []).map((each) => ({ pid: Number(each.split('.')[0]), started: each })),
    }),
  };
  const before = await lookAtWorker(view, signal);
  now = 0;
  const wait = async (ms: number) => (now += ms);
  const found = await waitForNewWorker(view, before, { within, clock: () => now, wait }, signal);
  return `${found.kind === 'answers' ? found.worker.pid : found.kind} after ${now}`;
}

const OLD = { at: -1, answers: 1 };
const BEFORE = { ...OLD, runs: ['1'] };

test.each<[what: string, outcome: RegExp, moments: readonly Moment[]]>([
  ['another process answers', /^2 after (10|30|50)$/, [OLD, { at: 25, answers: 2 }]],
  [
    'one with the same number answers that has just begun',
    /^1 after (10|30|50)$/,
    [
      { ...OLD, at: -9 },
      { at: 25, answers: 1 },
    ],
  ],
  ['none answered before, one does now', /^2 after (10|30|50)$/, [{ at: -1 }, { at: 25, answers: 2 }]],
  ['none answered before, and none does now', /^stays after 2\d\d$/, [{ at: -1 }]],
  ['the old one answers for ever', /^stays after 100[0-2]\d$/, [OLD]],
  ['none answers any more', /^stays after 100[0-2]\d$/, [OLD, { at: 5 }]],
])('without a look at processes: %s', async (_, outcome, moments) => expect(await reloaded(0, ...moments)).toMatch(outcome));

test.each<[what: string, outcome: RegExp, moments: readonly Moment[]]>([
  ['a new one answers', /^2 after 3\d\d$/, [BEFORE, { at: 300, answers: 2, runs: ['1', '2'] }]],
  ['one with the number of the old one answers', /^1 after 3\d\d$/, [BEFORE, { at: 300, answers: 1, runs: ['1.2'] }]],
  ['none comes', /^none after [5-9]\d\d\d$/, [BEFORE]],
  ['one comes and ends', /^none after 1[1-3]\d\d$/, [BEFORE, { at: 100, answers: 1, runs: ['1', '2'] }, { ...BEFORE, at: 200 }]],
  [
    'one comes after one that ended',
    /^3 after 7\d\d$/,
    [BEFORE, { at: 100, answers: 1, runs: ['1', '2'] }, { ...BEFORE, at: 200 }, { at: 700, answers: 3, runs: ['1', '3'] }],
  ],
  [
    'a new one does not answer yet',
    /^2 after 8\d\d\d$/,
    [BEFORE, { at: 100, answers: 1, runs: ['1', '2'] }, { at: 8000, answers: 2, runs: ['1', '2'] }],
  ],
  ['a new one never answers', /^stays after 100\d\d$/, [BEFORE, { at: 100, answers: 1, runs: ['1', '2'] }]],
  [
    'none answered before, and a new one stays',
    /^stays after [34]\d\d$/,
    [
      { at: -1, runs: ['1'] },
      { at: 100, runs: ['1', '2'] },
    ],
  ],
  [
    'a process of another configuration answered, and does',
    /^stays after [34]\d\d$/,
    [
      { at: -1, answers: 9, runs: ['1'] },
      { at: 100, answers: 9, runs: ['1', '2'] },
    ],
  ],
])('with a look at processes: %s', async (_, outcome, moments) => expect(await reloaded(5000, ...moments)).toMatch(outcome));
