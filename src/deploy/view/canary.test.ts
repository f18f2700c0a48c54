import { expect, test } from 'vitest';
import { addTotals, failing, type Totals, verdict } from './canary.ts';
import type { ServerStats } from '../types.ts';
import type { SideView, View } from './view.ts';
import { workload } from '../../../test/support/workload.ts';

const limits = { steps: [50], wait: 0, maxErrors: 1, maxSlowdown: 2, minRequests: 20 };

/** Counters of one server: answers 2xx and 5xx, time of an answer. */
type Counters = readonly [good: number, bad: number, time?: number];

function side(id: string, [good, bad, time = 10]: Counters): SideView {
  const server: ServerStats = {
    name: id,
    status: 'UP',
    sessions: 0,
    queued: 0,
    total: good + bad,
    answers: [0, 0, good, 0, 0, bad],
    failures: 0,
    answerTime: time,
    rate: 0,
  };
  const place = { balancer: 'lb', up: true, off: false, down: false, sessions: 0, servers: [server] };
  const seen = { app: workload({ id }), raw: {}, deployments: [] };
  return { seen, tasks: [{ id, running: true, alive: true, places: [place] }] };
}

/** What is known after looks at these counters. */
function totals(looks: readonly { readonly old: Counters; readonly fresh: Counters }[]): Totals {
  let sum: Totals | undefined;
  for (const { old, fresh } of looks) {
    const view: View = {
      kind: 'view',
      incoming: side('new', fresh),
      outgoing: side('old', old),
      target: 2,
      drainsFrom: 'outgoing',
      draining: [],
      differences: [],
      flips: [],
      elsewhere: [],
      isAdopted: false,
    };
    sum = addTotals(sum, view);
  }
  return sum as Totals;
}

test('what was counted before the watch does not count; a counter that began anew does', () => {
  const looks = [
    { old: [1000, 0], fresh: [500, 400] },
    { old: [1100, 0], fresh: [600, 401] },
    { old: [10, 0], fresh: [30, 2] },
  ] as const;
  expect(totals(looks).incoming).toMatchObject({ requests: 133, errors: 3 });
  expect(totals(looks).outgoing).toMatchObject({ requests: 110, errors: 0 });
});

test.each<[string, Counters, Counters, RegExp | undefined]>([
  ['as good', [100, 1], [100, 1], undefined],
  ['a little worse', [1000, 0], [1000, 10], undefined],
  ['worse', [1000, 0], [1000, 20], /fail 2\.0 % of 1020 requests, the old ones 0\.0 %/],
  ['both bad', [100, 50], [100, 50], undefined],
  ['too few requests to tell', [1000, 0], [0, 19], undefined],
  ['no old requests to compare with', [0, 0], [50, 50], /fail 50\.0 %/],
  ['slow', [100, 0, 100], [100, 0, 250], /answer in 250 ms, the old ones in 100 ms; at most 200 ms/],
  ['slower by what is always allowed', [100, 0, 2], [100, 0, 20], undefined],
])('%s', (_, old, fresh, expected) => {
  const why = verdict(
    totals([
      { old: [0, 0], fresh: [0, 0] },
      { old, fresh },
    ]),
    limits,
  );
  expect(why ?? 'nothing').toMatch(expected ?? /^nothing$/);
});

test('a task that fails its checks is named; one without a result is not', () => {
  const [task] = side('new', [0, 0]).tasks;
  const sideWith = (more: object): SideView => ({ ...side('new', [0, 0]), tasks: [{ ...task!, ...more }] });
  expect(failing(sideWith({}))).toBeUndefined();
  expect(failing(sideWith({ alive: undefined }))).toBeUndefined();
  expect(failing(sideWith({ alive: false }))).toContain('health checks of new task new');
  expect(failing(sideWith({ places: [{ ...task!.places[0], down: true }] }))).toBe('new task new is DOWN on lb');
});
