import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { ConfigDocument } from '../../render/document.ts';
import { record } from './record.ts';
import { createPassState, reportOf } from './state.ts';

const cause = { cause: 'test', since: 5 };
const { signal } = new AbortController();
const doc: ConfigDocument = { sections: [], files: [] };

/** Each look at the clock takes 10 ms. */
function clocks() {
  let ms = 0;
  return { now: () => new Date(0), clock: () => (ms += 10) };
}

it('records the state before and after, what is served, and the time of each stage', async () => {
  let state = createPassState();
  const done = await record(
    cause,
    () => state,
    clocks(),
    async ({ time, measure }) => {
      await time('read', async () => {});
      await time('read', async () => {});
      measure('build', () => {});
      state = { ...state, current: doc, report: reportOf([service(1)], []) };
      return { kind: 'unchanged' };
    },
    signal,
  );
  expect(done).toMatchObject({ cause: 'test', before: undefined, after: doc, services: 1, servers: 1 });
  expect(done.stages).toEqual({ read: 20, build: 10 });
  expect(done.sinceCause).toBe(65);
});

it('records a failure as an outcome, with the time of the stage that failed', async () => {
  const error = new Error('no');
  const work = async ({ time }: { time: <T>(stage: 'read', work: () => Promise<T>) => Promise<T> }): Promise<never> =>
    time('read', async () => {
      throw error;
    });
  const done = await record(cause, createPassState, clocks(), work, signal);
  expect(done).toMatchObject({ outcome: { kind: 'failed', error }, stages: { read: 10 } });
});

it('throws the reason of the signal, whether the work throws or returns the failure', async () => {
  const ended = AbortSignal.abort(new Error('the end'));
  const error = new Error('no');
  const thrown = record(cause, createPassState, clocks(), () => Promise.reject(error), ended);
  await expect(thrown).rejects.toThrow('the end');
  const returned = record(cause, createPassState, clocks(), async () => ({ kind: 'failed', error }), ended);
  await expect(returned).rejects.toThrow('the end');
});
