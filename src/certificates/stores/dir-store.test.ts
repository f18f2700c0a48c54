import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDirStore } from './dir-store.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlb-dir-store-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('reads folders of one certificate, links to such folders too, and passes over other links', async () => {
  const folder = join(root, 'certs');
  await mkdir(join(folder, 'plain'), { recursive: true });
  await mkdir(join(root, 'secret'));
  for (const at of [join(folder, 'plain'), join(root, 'secret')]) await writeFile(join(at, 'tls.crt'), 'text');
  await symlink(join(root, 'secret'), join(folder, 'linked'));
  await symlink(join(root, 'nothing'), join(folder, 'broken'));
  await symlink(join(root, 'secret', 'tls.crt'), join(folder, 'file'));
  const found = await createDirStore(folder).read(new AbortController().signal);
  expect(found.map(({ name, origin }) => [name, origin])).toEqual([
    ['linked', `dir:${join(folder, 'linked', 'tls.crt')}`],
    ['plain', `dir:${join(folder, 'plain', 'tls.crt')}`],
  ]);
});
