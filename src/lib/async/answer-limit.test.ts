import { expect, it } from 'vitest';
import { createAnswerLimit } from './answer-limit.ts';

it('passes on what a call returns or throws', async () => {
  const limit = createAnswerLimit(60_000, () => new Error('late'));
  expect(await limit(async () => 1)).toBe(1);
  await expect(limit(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

it('makes no other call until one without an answer has ended', async () => {
  const limit = createAnswerLimit(20, () => new Error('no answer'));
  let end: (() => void) | undefined;
  const hanging = new Promise<void>((_resolve, reject) => {
    end = () => reject(new Error('ended'));
  });
  let calls = 0;
  await expect(limit(() => hanging)).rejects.toThrow('no answer');
  const next = () => limit(async () => (calls += 1));
  await expect(next()).rejects.toThrow('no answer');
  expect(calls).toBe(0);
  end?.();
  await expect.poll(() => next().catch(String)).toBe(1);
});
