import { afterEach, beforeEach, expect, test } from 'vitest';
import { createReloadRateLimit, createReloadMarker } from './pending-reload.ts';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../../log/logger.ts';

test('the first at once, the next after the interval, counted from the beginning of the one before', () => {
  let now = 0;
  const rateLimit = createReloadRateLimit(2, () => now);
  expect(rateLimit.remaining()).toBe(0);
  rateLimit.begin();
  now = 500.5;
  expect(rateLimit.remaining()).toBe(1500);
  now = 1999.9;
  expect(rateLimit.remaining()).toBe(1);
  now = 2000;
  expect(rateLimit.remaining()).toBe(0);
  rateLimit.begin();
  now = 7000;
  expect(rateLimit.remaining()).toBe(0);
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-marker-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const create = (config = '/etc/h.cfg', state = join(folder, 'state'), log = silent) =>
  createReloadMarker({ folder: state, config, log });

test('the next program knows, for the same configuration only', async () => {
  expect(create().isThere).toBe(false);
  await create().set();
  expect(create().isThere).toBe(true);
  expect(create('/etc/other.cfg').isThere).toBe(false);
  await create().clear();
  expect(create().isThere).toBe(false);
  expect(await readdir(join(folder, 'state'))).toEqual([]);
});

test('a folder that cannot be is said', async () => {
  const lines: string[] = [];
  await writeFile(join(folder, 'file'), '');
  const marker = create(undefined, join(folder, 'file', 'state'), { ...silent, warn: (line) => lines.push(line) });
  await marker.set();
  await marker.clear();
  expect(lines).toEqual([expect.stringContaining('reload-owed cannot be written')]);
});
