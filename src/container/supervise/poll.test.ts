import { expect, test, vi } from 'vitest';
import { createPoll, type Poll } from './poll.ts';

/** A poll that runs, and counts its passes. */
function polling(interval: number): {
  readonly poll: Poll;
  readonly passes: { count: number };
  readonly end: () => Promise<void>;
} {
  const stop = new AbortController();
  const passes = { count: 0 };
  const runOnce = async (): Promise<{ outcome: { kind: string } }> => {
    passes.count += 1;
    return { outcome: { kind: 'unchanged' } };
  };
  const poll = createPoll({ runOnce }, interval);
  const ended = poll.run(stop.signal);
  const end = (): Promise<void> => {
    stop.abort();
    return ended;
  };
  return { poll, passes, end };
}

const patience = { timeout: 10_000, interval: 5 };

test('a pass every so many seconds', async () => {
  const { passes, end } = polling(0.01);
  await vi.waitFor(() => expect(passes.count).toBeGreaterThan(2), patience);
  await end();
});

test('one at once where it is told to hurry, and then the usual wait', async () => {
  const { poll, passes, end } = polling(3600);
  await vi.waitFor(() => expect(passes.count).toBe(1), patience);
  poll.hurry();
  await vi.waitFor(() => expect(passes.count).toBe(2), patience);
  await new Promise((resolve) => setImmediate(resolve));
  expect(passes.count).toBe(2);
  await end();
});

test('what a pass throws', async () => {
  const broken = { runOnce: (): Promise<never> => Promise.reject(new Error('broken')) };
  await expect(createPoll(broken, 1).run(new AbortController().signal)).rejects.toThrow('broken');
});
