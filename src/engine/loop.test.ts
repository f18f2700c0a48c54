import { expect, it } from 'vitest';
import { silent } from '../log/logger.ts';
import type { SourceEvent } from '../sources/source.ts';
import { createJournal, type Outcome, type PassRecord } from './journal/journal.ts';
import { createLoop, type Loop } from './loop.ts';
import type { DirtySet } from './pass/dirty-set.ts';
import type { PassRequest } from './pass/pass.ts';

/** A loop whose passes come to these outcomes one after the other; ends after the last. */
async function requestsOf(outcomes: readonly Outcome[], app: string): Promise<readonly PassRequest[]> {
  const end = new AbortController();
  const requests: PassRequest[] = [];
  const empty = { at: new Date(0), sinceCause: 0, stages: {}, services: 0, servers: 0, problems: [] };
  const loop = createLoop({
    pass: {
      run: async (request) => {
        const outcome = outcomes[requests.push(request) - 1] ?? { kind: 'unchanged' };
        if (requests.length === outcomes.length) end.abort();
        // While the first is under way, an app changes.
        if (requests.length === 1) loop.notify({ kind: 'changed', workload: app, cause: 'x', at: 0 });
        return { ...empty, cause: request.cause, outcome };
      },
      retryDue: async () => ({ isDue: true, nextIn: undefined }),
      reload: async () => {
        throw new Error('nobody asked for a reload');
      },
    },
    journal: createJournal(),
    log: silent,
    resyncInterval: 1000,
    maxBackoff: 1,
  });
  loop.readAgain('start');
  await loop.run(end.signal);
  return requests;
}

it('reads everything again for a snapshot that is held, whatever comes between', async () => {
  const held: Outcome = { kind: 'held', removed: 9, total: 9, retryInMs: 20 };
  const requests = await requestsOf([{ kind: 'unchanged' }, held, { kind: 'unchanged' }], '/shop');
  expect(requests.map(({ cause, dirty }) => [cause, dirty])).toEqual([
    ['start', 'all'],
    ['event x of /shop', new Set(['/shop'])],
    ['trying again', 'all'],
  ]);
});

interface Stage {
  readonly loop: Loop;
  readonly requests: PassRequest[];
  /** The dirty set that the running pass got. */
  readonly dirtySet: () => DirtySet | undefined;
  /** Ends the pass that is under way. */
  readonly finish: (outcome?: Outcome, againInMs?: number) => void;
}

/** A loop that runs until `play` is over; the first pass, over everything, is done. */
async function staged(
  play: (stage: Stage) => Promise<void>,
  resyncInterval = 1000,
  reload: () => Promise<Outcome> = unasked,
): Promise<void> {
  const end = new AbortController();
  const requests: PassRequest[] = [];
  let dirtySet: DirtySet | undefined;
  let finish: ((end: Pick<PassRecord, 'outcome' | 'againInMs'>) => void) | undefined;
  const empty = { at: new Date(0), sinceCause: 0, stages: {}, services: 0, servers: 0, problems: [] };
  const loop = createLoop({
    pass: {
      run: async (request, _, passed) => {
        requests.push(request);
        dirtySet = passed;
        const ended = await new Promise<Pick<PassRecord, 'outcome' | 'againInMs'>>((resolve) => {
          finish = resolve;
        });
        return { ...empty, cause: request.cause, ...ended };
      },
      retryDue: async () => ({ isDue: true, nextIn: undefined }),
      reload: async ({ cause }) => ({ ...empty, cause, outcome: await reload() }),
    },
    journal: createJournal(),
    log: silent,
    resyncInterval,
    maxBackoff: 0.01,
  });
  const running = loop.run(end.signal);
  const stage: Stage = {
    loop,
    requests,
    dirtySet: () => dirtySet,
    finish: (outcome = { kind: 'unchanged' }, againInMs?: number) => finish?.({ outcome, againInMs }),
  };
  loop.readAgain('start');
  await expect.poll(() => requests.length).toBe(1);
  requests.length = 0;
  stage.finish();
  await play(stage);
  end.abort();
  stage.finish();
  await running;
}

async function unasked(): Promise<never> {
  throw new Error('nobody asked for a reload');
}

function changed(app: string | undefined): SourceEvent {
  return { kind: 'changed', workload: app, cause: 'x', at: 0 };
}

it('reads the app of an event at once, and those of all events meanwhile together in the next pass', async () => {
  await staged(async ({ loop, requests, finish }) => {
    loop.notify(changed('/a'));
    await expect.poll(() => requests.map(({ dirty }) => dirty)).toEqual([new Set(['/a'])]);
    for (const app of ['/b', '/a', '/b']) loop.notify(changed(app));
    expect(requests).toHaveLength(1);
    finish();
    await expect.poll(() => requests[1]?.dirty).toEqual(new Set(['/b', '/a']));
    expect(requests[1]?.retryRejected).toBe(false);
  });
});

it('compares HAProxy without a read of Marathon', async () => {
  await staged(async ({ loop, requests }) => {
    loop.compare('HAProxy was restarted');
    await expect.poll(() => requests).toMatchObject([{ cause: 'HAProxy was restarted', dirty: new Set(), retryRejected: true }]);
  });
});

it('gives the running pass what became dirty since it began; the next one reads the same again', async () => {
  await staged(async ({ loop, requests, dirtySet, finish }) => {
    loop.notify(changed('/a'));
    await expect.poll(() => requests.length).toBe(1);
    expect(dirtySet()?.drain()).toBeUndefined();
    loop.notify(changed('/b'));
    expect(dirtySet()?.drain()).toEqual(new Set(['/b']));
    loop.notify(changed('/c'));
    finish();
    await expect.poll(() => requests[1]?.dirty).toEqual(new Set(['/b', '/c']));
    expect(dirtySet()?.drain()).toBeUndefined();
  });
});

it.each<readonly [string, (loop: Loop) => void, boolean]>([
  ['an event that names no app', (loop) => loop.notify(changed(undefined)), false],
  ['a new connection', (loop) => loop.notify({ kind: 'opened', url: 'http://marathon' }), true],
  ['a signal', (loop) => loop.readAgain('SIGHUP'), true],
  ['more than 20 dirty apps', (loop) => Array.from({ length: 21 }, (_, at) => loop.notify(changed(`/${at}`))), false],
])('reads everything after %s', async (_, happen, retryRejected) => {
  await staged(async ({ loop, requests, finish }) => {
    loop.notify(changed('/a'));
    await expect.poll(() => requests.length).toBe(1);
    happen(loop);
    loop.notify(changed('/b'));
    finish();
    await expect.poll(() => requests[1]).toMatchObject({ dirty: 'all', retryRejected });
  });
});

it('looks again, and reads nothing, when an address may be free', async () => {
  await staged(async ({ loop, requests, finish }) => {
    loop.notify(changed('/a'));
    await expect.poll(() => requests.length).toBe(1);
    finish({ kind: 'unchanged' }, 20);
    await expect
      .poll(() => requests[1])
      .toMatchObject({ cause: 'what HAProxy refused is tried again', dirty: new Set(), retryRejected: false });
  });
});

it('reads everything when it is time, though there are events all along', async () => {
  await staged(async ({ loop, requests, finish }) => {
    await expect
      .poll(
        () => {
          loop.notify(changed('/a'));
          finish();
          return requests.some(({ dirty, cause }) => dirty === 'all' && cause.startsWith('event'));
        },
        { interval: 5 },
      )
      .toBe(true);
  }, 0.05);
});

const postponed: Outcome = { kind: 'postponed', retryInMs: 30, reasons: ['new'], commands: [] };

it('comes back to a reload that has to wait, with what is known then; events between are not held up', async () => {
  await staged(async ({ loop, requests, finish }) => {
    loop.notify(changed('/a'));
    await expect.poll(() => requests.length).toBe(1);
    finish(postponed);
    loop.notify(changed('/b'));
    await expect.poll(() => requests[1]?.dirty).toEqual(new Set(['/b']));
    finish(postponed);
    await expect.poll(() => requests[2]).toMatchObject({ cause: 'event x of /a and 1 more', dirty: new Set(), since: 0 });
    finish(postponed);
    await expect.poll(() => requests[3]).toMatchObject({ cause: 'event x of /a and 1 more', dirty: new Set() });
  });
});

it('a reload that is asked for comes when it may, unless a pass brings it', async () => {
  const reloads: Outcome[] = [];
  const answer: Outcome = { kind: 'reload', reasons: [], attempts: 1 };
  await staged(
    async ({ loop, requests, finish }) => {
      loop.reload('SIGUSR1');
      await expect.poll(() => reloads).toEqual([postponed, answer]);
      reloads.length = 0;
      loop.reload('SIGUSR1');
      loop.notify(changed('/a'));
      await expect.poll(() => requests.length).toBe(1);
      finish(answer);
      loop.notify(changed('/b'));
      await expect.poll(() => requests.length).toBe(2);
      expect(reloads).toEqual([]);
      loop.reload('SIGUSR1');
      finish(answer);
      await expect.poll(() => reloads).toEqual([postponed, answer]);
    },
    1000,
    async () => reloads[reloads.push(reloads.length === 0 ? postponed : answer) - 1] as Outcome,
  );
});

const rejected: Outcome = { kind: 'refused', alerts: [] };
const failed: Outcome = { kind: 'failed', error: new Error('no') };
const unchanged: Outcome = { kind: 'unchanged' };

/** Returns the milliseconds between passes that come to these outcomes. A pass that does not fail has an event follow; `step` moves the clock on. */
async function gapsBetween(outcomes: readonly Outcome[], rest: number, step: (run: number) => number = () => 0) {
  const end = new AbortController();
  const starts: number[] = [];
  let offset = 0;
  const empty = { at: new Date(0), sinceCause: 0, stages: {}, services: 0, servers: 0, problems: [] };
  const loop = createLoop({
    pass: {
      run: async ({ cause }) => {
        const outcome = outcomes[starts.push(performance.now()) - 1] ?? unchanged;
        offset += step(starts.length);
        if (starts.length > outcomes.length) end.abort();
        else if (outcome.kind !== 'failed') loop.notify(changed('/a'));
        return { ...empty, cause, outcome };
      },
      retryDue: async () => ({ isDue: false, nextIn: undefined }),
      reload: unasked,
    },
    journal: createJournal(),
    log: silent,
    resyncInterval: 10_000,
    maxBackoff: 300,
    rest,
    clock: () => performance.now() + offset,
    // The first wait of up to 3 s is 30 ms.
    random: () => 0.01,
  });
  await loop.run(end.signal);
  return starts.slice(1).map((start, at) => start - (starts[at] ?? NaN));
}

it('rests after a rejected configuration, and only then', async () => {
  expect((await gapsBetween([rejected], 200))[0]).toBeGreaterThan(190);
  expect((await gapsBetween([unchanged], 60_000))[0]).toBeLessThan(5000);
});

it('waits longer after each failure, and as long as at first after ten minutes without one', async () => {
  const failures = Array.from({ length: 8 }, () => failed);
  const gaps = await gapsBetween([...failures, unchanged, failed], 0, (run) => (run === 10 ? 600_000 : 0));
  // 30 ms, then half as much again each time: 512 ms at the eighth, and 768 ms would come next.
  expect(gaps[7]).toBeGreaterThan(500);
  expect(gaps[9]).toBeLessThan(500);
}, 10_000);

it('reads 20 dirty apps one by one, together', async () => {
  await staged(async ({ loop, requests, finish }) => {
    loop.notify(changed('/a'));
    await expect.poll(() => requests.length).toBe(1);
    for (let at = 0; at < 20; at += 1) loop.notify(changed(`/${at}`));
    finish();
    await expect.poll(() => requests[1]?.dirty).toHaveProperty('size', 20);
  });
});
