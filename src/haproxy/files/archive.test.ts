import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archive, archiveFolder, archiveRejected, versionsOf } from './archive.ts';

let folder = '';
let config = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-archive-'));
  config = join(folder, 'haproxy.cfg');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keep = async (text: string, versions: number, ms: number) => {
  await writeFile(config, text);
  await archive(config, { folder: archiveFolder(config), versions, now: new Date(ms) });
};

test('the last versions are kept, sortable by age, two of a millisecond too', async () => {
  for (const [at, ms] of [1, 1, 2, 3].entries()) await keep(`text ${at}`, 3, ms);
  const names = await versionsOf(archiveFolder(config), 'haproxy.cfg');
  expect(names).toEqual([
    'haproxy.cfg.19700101T000000001Z-01',
    'haproxy.cfg.19700101T000000002Z',
    'haproxy.cfg.19700101T000000003Z',
  ]);
  const texts = await Promise.all(names.map((name) => readFile(join(archiveFolder(config), name), 'utf8')));
  expect(texts).toEqual(['text 1', 'text 2', 'text 3']);
});

test('0 keeps none, and no other file is touched', async () => {
  await keep('a', 5, 1);
  await archiveRejected(config, 'rejected');
  await writeFile(join(archiveFolder(config), 'haproxy.cfg.mine'), '');
  await keep('b', 0, 2);
  expect(await versionsOf(archiveFolder(config), 'haproxy.cfg')).toEqual([]);
  expect(await readFile(join(archiveFolder(config), 'haproxy.cfg.rejected'), 'utf8')).toBe('rejected');
  expect(await readFile(join(archiveFolder(config), 'haproxy.cfg.mine'), 'utf8')).toBe('');
});

test('versions and the rejected one have the permissions of the configuration, the folder is closed to others', async () => {
  await writeFile(config, 'secret');
  await chmod(config, 0o600);
  await keep('secret', 1, 1);
  const rejected = await archiveRejected(config, 'x');
  const [version = ''] = await versionsOf(archiveFolder(config), 'haproxy.cfg');
  const modes = await Promise.all(
    [join(archiveFolder(config), version), rejected, archiveFolder(config)].map((path) => stat(path)),
  );
  expect(modes.map((each) => each.mode & 0o777)).toEqual([0o600, 0o600, 0o750]);
});

test('a file that is not there has nothing to keep', async () => {
  await archive(config, { folder: archiveFolder(config), versions: 3, now: new Date(0) });
  expect(await versionsOf(archiveFolder(config), 'haproxy.cfg')).toEqual([]);
});
