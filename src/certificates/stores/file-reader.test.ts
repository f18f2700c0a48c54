import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileReader } from './file-reader.ts';
import { createStoreLimit } from './store-limit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-file-reader-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async (...names: string[]) => {
  const paths = names.map((name) => join(folder, name));
  return (await createFileReader(createStoreLimit()).read({ name: 'x', origin: 'x', paths })).content;
};

it('reads files, and passes over what may never answer', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe.pem')]);
  await symlink('/dev/zero', join(folder, 'device.pem'));
  await writeFile(join(folder, 'good.pem'), 'text');
  await writeFile(join(folder, 'large.pem'), 'x'.repeat(1_000_001));
  expect(await read('good.pem', 'good.pem')).toHaveProperty('reveal');
  for (const name of ['pipe.pem', 'device.pem']) expect(await read('good.pem', name)).toEqual({ fault: 'is not a regular file' });
  expect(await read('large.pem')).toEqual({ fault: 'is larger than 1000000 bytes' });
  expect(await read('missing.pem')).toEqual({ fault: 'is not there' });
});
