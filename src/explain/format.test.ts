import { expect, test } from 'vitest';
import { formatApp } from './format.ts';

test('no label steers the terminal', () => {
  const app = { app: '/shop', served: true, notes: ['\x1b[2J gone\x9b'], services: [], problems: [] };
  expect(formatApp(app)).toBe('/shop is served\n  \\x1b[2J gone\\x9b\n');
});
