import { expect, test } from 'vitest';
import { createReloadGate } from './reload-gate.ts';

const { signal } = new AbortController();

test('the first at once, the next after the interval, counted from the beginning of the one before', async () => {
  let now = 0;
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
    now += ms;
  };
  const gate = createReloadGate(2, { clock: () => now, wait });
  await gate.opened(signal);
  expect(gate.remaining()).toBe(0);
  gate.begin();
  now = 500;
  expect(gate.remaining()).toBe(1500);
  await gate.opened(signal);
  expect(waits).toEqual([1500]);
  gate.begin();
  now += 5000;
  await gate.opened(signal);
  expect(waits).toHaveLength(1);
});

test('the wait ends with the signal', async () => {
  const gate = createReloadGate(1000);
  gate.begin();
  await expect(gate.opened(AbortSignal.timeout(10))).rejects.toMatchObject({
    name: expect.stringMatching(/AbortError|TimeoutError/),
  });
});
