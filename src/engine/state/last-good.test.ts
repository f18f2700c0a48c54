import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { type Logger, silent } from '../../log/logger.ts';
import { createLastGoodStore } from './last-good.ts';
import { definitionOf } from '../quarantine/fallback.ts';

let folder = '';
let warnings: string[] = [];
const log: Logger = { ...silent, warn: (message) => void warnings.push(message) };

beforeEach(async () => {
  warnings = [];
  folder = await mkdtemp(join(tmpdir(), 'last-good-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const store = (name = 'state', delay = 0) => createLastGoodStore({ folder: join(folder, name), log, delay });
const secret = service(
  1,
  { BACKEND_HEAD: 'x\n' },
  { auth: { realm: 'r', user: 'u', password: 'p' }, lostPort: true, since: 'now' },
);

it('keeps definitions over a restart, for its own user only', async () => {
  {
    await using one = store();
    expect(await one.read()).toEqual(new Map());
    one.keep(new Map([['/app-1#0', secret]]));
  }
  await using other = store();
  expect(await other.read()).toEqual(new Map([['/app-1#0', definitionOf(secret)]]));
  const path = join(folder, 'state', 'last-good.json');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'state'))).toEqual(['last-good.json']);
  expect(await readFile(path, 'utf8')).not.toMatch(/servers|lostPort|since/);
  expect(warnings).toEqual([]);
});

it('gives definitions of a run with another policy without the templates that this one denies', async () => {
  const written = service(1, { BACKEND_HTTP_OPTIONS: '  option forwardfor\n', BACKEND_STICKY_OPTIONS: '  stats enable\n' });
  {
    await using one = store();
    one.keep(new Map([['/app-1#0', written]]));
  }
  await using other = createLastGoodStore({ folder: join(folder, 'state'), log, model: { labelPolicy: 'safe' } });
  expect((await other.read()).get('/app-1#0')?.templates).toEqual({ BACKEND_HTTP_OPTIONS: '  option forwardfor\n' });
});

it('is written beside another process that writes it, and clears away what one that was killed left', async () => {
  const state = join(folder, 'state');
  await mkdir(state);
  const others = [`.last-good.json.${process.ppid}.new`, '.last-good.json.999999999.new'];
  for (const name of others) await writeFile(join(state, name), 'half');
  {
    await using one = store();
    one.keep(new Map([['/app-1#0', secret]]));
  }
  expect((await readdir(state)).sort()).toEqual([others[0], 'last-good.json']);
  expect(await readFile(join(state, others[0] as string), 'utf8')).toBe('half');
});

it('writes many changes once, the last one', async () => {
  const one = store('state', 60_000);
  one.keep(new Map([['/app-1#0', secret]]));
  one.keep(new Map([['/app-2#0', service(2)]]));
  await one[Symbol.asyncDispose]();
  await using other = store();
  expect([...(await other.read()).keys()]).toEqual(['/app-2#0']);
});

it('passes over what it cannot read', async () => {
  await mkdir(join(folder, 'state'));
  const path = join(folder, 'state', 'last-good.json');
  for (const text of ['', '{"half', '{}']) {
    await writeFile(path, text);
    await using one = store();
    expect(await one.read()).toEqual(new Map());
  }
  expect(warnings).toHaveLength(3);
  await writeFile(path, JSON.stringify([{ app: '/old' }, 7, definitionOf(secret)]));
  await using one = store();
  expect([...(await one.read()).keys()]).toEqual(['/app-1#0']);
});

it.each([
  { backend: 'app-1_10001\nfrontend x' },
  { backend: 'app-2_10002' },
  { app: '/app 1' },
  { servicePort: 70_000 },
  { index: -1 },
  { healthCheck: { protocol: 'HTTP', path: '/\nbackend x' } },
])('passes over a definition that no app can have: %j', async (change) => {
  await mkdir(join(folder, 'state'));
  await writeFile(join(folder, 'state', 'last-good.json'), JSON.stringify([{ ...definitionOf(secret), ...change }]));
  await using one = store();
  expect(await one.read()).toEqual(new Map());
});

it('warns once where it cannot write, and goes on', async () => {
  await writeFile(join(folder, 'file'), '');
  for (const name of ['file']) {
    await using one = store(name);
    one.keep(new Map([['/app-1#0', secret]]));
    await expect.poll(() => warnings.length).toBe(1);
    one.keep(new Map([['/app-2#0', service(2)]]));
  }
  expect(warnings).toEqual([expect.stringContaining('--state-dir')]);
});
