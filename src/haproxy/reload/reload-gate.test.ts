import { expect, test } from 'vitest';
import { createReloadGate } from './reload-gate.ts';

test('the first at once, the next after the interval, counted from the beginning of the one before', () => {
  let now = 0;
  const gate = createReloadGate(2, () => now);
  expect(gate.remaining()).toBe(0);
  gate.begin();
  now = 500.5;
  expect(gate.remaining()).toBe(1500);
  now = 1999.9;
  expect(gate.remaining()).toBe(1);
  now = 2000;
  expect(gate.remaining()).toBe(0);
  gate.begin();
  now = 7000;
  expect(gate.remaining()).toBe(0);
});
