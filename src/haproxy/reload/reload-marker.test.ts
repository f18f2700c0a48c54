import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../../log/logger.ts';
import { createReloadMarker } from './reload-marker.ts';

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
