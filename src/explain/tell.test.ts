import { expect, test } from 'vitest';
import { tellApp } from './tell.ts';

test('no label steers the terminal', () => {
  const app = { app: '/shop', served: true, notes: ['\x1b[2J gone\x9b'], services: [], problems: [] };
  expect(tellApp(app)).toBe('/shop is served\n  \\x1b[2J gone\\x9b\n');
});
