import { expect, test } from 'vitest';
import { oneRunFlags } from './one-run.ts';

test.each([
  ['11.3.244.8-node.33', ['--interrupt-budget=1000000']],
  ['12.4.254.21-node.33', []],
  ['13.6.233.10-node.28', []],
])('V8 %s is told nothing that it does not know', (v8, flags) => {
  expect(oneRunFlags(v8)).toEqual(flags);
});
