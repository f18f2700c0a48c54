import { expect, it } from 'vitest';
import { silent } from '../log/logger.ts';
import { createJournal, type Outcome } from './journal.ts';
import { createLoop } from './loop.ts';
import type { PassRequest } from './pass.ts';

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
        if (requests.length === 1) loop.notify({ kind: 'changed', app, cause: 'x', at: 0 });
        return { ...empty, cause: request.cause, outcome };
      },
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
  await loop.run(end.signal).catch(() => {});
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
