import { expect, it } from 'vitest';
import type { SharedStore } from '../../shared/shared-store.ts';
import { type OrderState, readState } from './state.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const now = Date.parse('2026-11-27T12:00:00Z');
const directory = 'https://ca.test/dir';

const failure = (at: number) => ({ directory, count: 1, at, detail: 'no' });
const note = (askAt: number) => ({ directory, askAt, renewAt: now + 60 * DAY });

const read = (text: string | undefined) => readState({ read: async () => text } as unknown as SharedStore, now);

it('is empty if it is missing or cannot be read', async () => {
  const empty: OrderState = { begun: [], failures: {}, notes: {} };
  expect(await read(undefined)).toEqual(empty);
  expect(await read('{')).toEqual(empty);
  expect(await read('{"begun":"x"}')).toEqual(empty);
});

it('loses what a clock wrote that was ahead, as it would forbid orders for as long', async () => {
  const state = {
    begun: [now - MINUTE, now + MINUTE, now + MINUTE + 1],
    failures: { early: failure(now + MINUTE), late: failure(now + MINUTE + 1) },
    notes: { early: note(now + DAY), late: note(now + 2 * DAY) },
  };
  expect(await read(JSON.stringify(state))).toEqual({
    begun: [now - MINUTE, now + MINUTE],
    failures: { early: failure(now + MINUTE) },
    notes: { early: note(now + DAY), late: note(now) },
  });
});
