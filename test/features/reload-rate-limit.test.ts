import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPass } from '../../src/engine/pass/pass.ts';
import { createApplier } from '../../src/haproxy/create-applier.ts';
import { HaproxyError } from '../../src/haproxy/error.ts';
import { createReloadRateLimit } from '../../src/haproxy/reload/pending-reload.ts';
import type { Runtime, RuntimeResult } from '../../src/haproxy/runtime/runtime.ts';
import { silent } from '../../src/log/logger.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import type { Dirty } from '../../src/sources/source.ts';
import { addFiles, settingsOf, snapshotOf } from '../support/rendering/golden.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rateLimit-'));
  await addFiles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An app with as many tasks. */
function app(number: number, tasks = 1): object {
  return {
    id: `/app-${number}`,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: `app-${number}.example.com` },
    portDefinitions: [{ port: 10_000 + number }],
    versionInfo: { lastConfigChangeAt: '2026-01-01T00:00:00.000Z' },
    tasks: Array.from({ length: tasks }, (_, at) => ({
      id: `task-${number}-${at}`,
      host: '127.0.0.1',
      ports: [31_000 + 100 * number + at],
      state: 'TASK_RUNNING',
    })),
  };
}

/** The program from snapshot to files; reloads are counted, and what is said to HAProxy is written down. At most one reload in 2 s. */
function program() {
  const args = ['--group', 'external', '--haproxy-config', join(folder, 'haproxy.cfg'), '--ssl-certs', join(folder, 'cert.pem')];
  const settings = settingsOf({ args });
  const haproxy = { ...settings.haproxy, binary: HAPROXIES[0] as string };
  const world = { now: 0, apps: [] as readonly object[], reloads: 0, refuses: false, fails: false };
  const said: string[] = [];
  const runtime: Runtime = {
    run: async (_, ops): Promise<RuntimeResult> => {
      if (world.refuses) return { kind: 'refused', reason: 'HAProxy refuses' };
      const commands = ops.map((op) => ('server' in op ? `${op.kind} ${op.server.name}` : op.kind));
      said.push(...commands);
      return { kind: 'done', commands };
    },
    inspect: async () => ({ kind: 'found', texts: [], ops: [], reload: undefined, isRestarted: false }),
    around: async (_, reload) => void (await reload()),
    isRestarted: async () => false,
    leaving: () => 0,
    [Symbol.asyncDispose]: async () => {},
  };
  const applier = createApplier(haproxy, {
    log: silent,
    reload: async () => {
      if (world.fails) throw new HaproxyError('reload-failed', 'no', { retryable: true });
      return { attempts: (world.reloads += 1) };
    },
    now: () => new Date(0),
    runtime,
    rateLimit: createReloadRateLimit(2, () => world.now),
  });
  const source = {
    read: async (dirty: Dirty) => {
      if (dirty !== 'all' && dirty.size > 0) throw new Error('everything is read');
      return { ...snapshotOf(dirty === 'all' ? world.apps : [], { args }), gone: [] };
    },
  };
  const library = createLibrary(settings.render);
  const pass = createPass({ ...settings, haproxy }, { source, applier, library, now: () => new Date(0), clock: () => world.now });
  const { signal } = new AbortController();
  return {
    world,
    said,
    /** A pass at a time in milliseconds; without apps nothing is dirty. */
    run: async (now: number, apps?: readonly object[]) => {
      Object.assign(world, { now }, apps && { apps });
      const dirty = apps === undefined ? new Set<string>() : 'all';
      const { outcome, services } = await pass.run({ cause: 'test', since: now, dirty, retryRejected: false }, signal);
      return { services, ...outcome };
    },
    reload: async () => (await pass.reload({ cause: 'SIGUSR1', since: world.now }, signal)).outcome,
    [Symbol.asyncDispose]: () => applier[Symbol.asyncDispose](),
  };
}

it('reloads at once, then puts reloads off; the newest state goes into one, and nothing is read for it', async () => {
  await using mlb = program();
  expect(await mlb.run(0, [app(1)])).toMatchObject({ kind: 'reload', services: 1 });
  expect(await mlb.run(500, [app(1), app(2)])).toEqual({
    kind: 'postponed',
    retryInMs: 1500,
    reasons: expect.arrayContaining(['backend app-2_10002 is new']),
    commands: [],
    services: 1,
  });
  expect(await mlb.run(900, [app(1), app(2), app(3)])).toMatchObject({ kind: 'postponed', retryInMs: 1100, services: 1 });
  expect(await mlb.run(2000)).toMatchObject({ kind: 'reload', services: 3 });
  expect(mlb.world.reloads).toBe(2);
  expect(await readFile(join(folder, 'haproxy.cfg'), 'utf8')).toContain('backend app-3_10003');
});

it('brings servers live meanwhile, and forgets a reload that is not needed any more', async () => {
  await using mlb = program();
  await mlb.run(0, [app(1)]);
  expect(await mlb.run(500, [app(1), app(2)])).toMatchObject({ kind: 'postponed', commands: [] });
  expect(await mlb.run(600, [app(1, 2), app(2)])).toMatchObject({ kind: 'postponed', commands: ['add 127_0_0_1_31101'] });
  expect(await mlb.run(700, [app(1, 2), app(2)])).toMatchObject({ kind: 'postponed', commands: [] });
  expect(await mlb.run(800, [app(1, 3)])).toMatchObject({ kind: 'runtime', services: 1 });
  expect(await mlb.run(3000)).toMatchObject({ kind: 'unchanged' });
  expect(mlb.said).toEqual(['add 127_0_0_1_31101', 'add 127_0_0_1_31102']);
  expect(mlb.world.reloads).toBe(1);
});

it('owes a reload to a HAProxy that refused a command, whatever is wanted then', async () => {
  await using mlb = program();
  await mlb.run(0, [app(1)]);
  mlb.world.refuses = true;
  const refused = expect.arrayContaining(['HAProxy refuses']);
  expect(await mlb.run(500, [app(1, 2)])).toMatchObject({ kind: 'postponed', reasons: refused });
  expect(await mlb.run(600, [app(1)])).toMatchObject({ kind: 'postponed', reasons: refused });
  expect(await mlb.run(2000)).toMatchObject({ kind: 'reload', reasons: refused });
  mlb.world.refuses = false;
  expect(await mlb.run(2100, [app(1, 2)])).toMatchObject({ kind: 'runtime' });
  expect(mlb.world.reloads).toBe(2);
});

it('brings servers live while a reload fails that is needed for the rest', async () => {
  await using mlb = program();
  await mlb.run(0, [app(1)]);
  mlb.world.fails = true;
  expect(await mlb.run(3000, [app(1), app(2)])).toMatchObject({ kind: 'failed' });
  expect(await mlb.run(6000, [app(1, 2), app(2)])).toMatchObject({ kind: 'failed' });
  expect(mlb.said).toEqual(['add 127_0_0_1_31101']);
  expect(await mlb.run(6500, [app(1, 3), app(2)])).toMatchObject({ kind: 'postponed', commands: ['add 127_0_0_1_31102'] });
  await expect.poll(configText).not.toContain('backend app-2_10002');
  expect(await configText()).toContain('127_0_0_1_31102');
  mlb.world.fails = false;
  expect(await mlb.run(9000)).toMatchObject({ kind: 'reload', services: 2 });
  expect(await configText()).toContain('backend app-2_10002');
  expect(mlb.said).toHaveLength(2);
});

it('a reload that is asked for waits for its turn as well', async () => {
  await using mlb = program();
  await mlb.run(0, [app(1)]);
  mlb.world.now = 1500;
  expect(await mlb.reload()).toMatchObject({ kind: 'postponed', retryInMs: 500 });
  mlb.world.now = 2000;
  expect(await mlb.reload()).toMatchObject({ kind: 'reload', reasons: ['asked for'] });
});

it('brings servers live while the configuration is refused and no app is to blame', async () => {
  await using mlb = program();
  await mlb.run(0, [app(1)]);
  await rm(join(folder, 'cert.pem'));
  const refused = { kind: 'refused', alerts: [{ message: expect.stringContaining('cert.pem') }] };
  expect(await mlb.run(3000, [app(1, 2), app(2)])).toMatchObject({ ...refused, commands: ['add 127_0_0_1_31101'] });
  expect(await mlb.run(6000, [app(1, 2), app(2)])).not.toHaveProperty('commands');
  await addFiles(folder);
  expect(await mlb.run(9000)).toMatchObject({ kind: 'reload', services: 2 });
});

it('brings back what it wants after a reload with files that somebody edited', async () => {
  await using mlb = program();
  await mlb.run(0, [app(1)]);
  expect(await mlb.run(3000, [app(1, 2)])).toMatchObject({ kind: 'runtime' });
  expect(await mlb.reload()).toMatchObject({ kind: 'reload' });
  expect(await mlb.run(6000)).toMatchObject({ kind: 'unchanged' });
  await appendFile(join(folder, 'haproxy.cfg'), '# by hand\n');
  expect(await mlb.reload()).toMatchObject({ kind: 'reload' });
  expect(await mlb.run(9000)).toMatchObject({ kind: 'reload', reasons: ['configuration on disk differs'] });
  expect(await readFile(join(folder, 'haproxy.cfg'), 'utf8')).not.toContain('by hand');
});

function configText(): Promise<string> {
  return readFile(join(folder, 'haproxy.cfg'), 'utf8');
}
