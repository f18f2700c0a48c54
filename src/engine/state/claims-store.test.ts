import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Logger } from '../../log/logger.ts';
import { silent } from '../../log/logger.ts';
import { createClaimsStore } from './claims-store.ts';

const HELD = new Map([
  ['port 10001 0.0.0.0', ['/shop']],
  ['host shop.test ', ['/shop']],
  ['port 10002 0.0.0.0', ['/b', '/a']],
]);

let folder: string;
let warnings: string[];
const log: Logger = { ...silent, warn: (text) => void warnings.push(text) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claims-'));
  warnings = [];
});

afterEach(() => rm(folder, { recursive: true }));

it('is known after a restart, and private', async () => {
  {
    await using store = createClaimsStore({ folder, log });
    expect(await store.read()).toEqual(new Map());
    store.keep(HELD);
  }
  expect((await stat(join(folder, 'claims.json'))).mode & 0o777).toBe(0o600);
  await using store = createClaimsStore({ folder, log });
  const read = await store.read();
  expect(read.get('port 10002 0.0.0.0')).toEqual(['/a', '/b']);
  expect(new Set(read.keys())).toEqual(new Set(HELD.keys()));
  expect(warnings).toEqual([]);
});

it.each([
  '',
  '{"half',
  '[]',
  '{"format":2,"claims":{}}',
  '{"format":1,"claims":{"port 1 *":"/a"}}',
  '{"format":1,"claims":{"x":[]}}',
])('passes over %j with a warning', async (text) => {
  await writeFile(join(folder, 'claims.json'), text);
  await using store = createClaimsStore({ folder, log });
  expect((await store.read()).size).toBe(0);
  expect(warnings).toHaveLength(1);
  expect(await readFile(join(folder, 'claims.json'), 'utf8')).toBe(text);
});
