import { expect, it } from 'vitest';
import { createRemovalGuard, type RemovalGuard } from '../../src/engine/snapshot/removal-guard.ts';
import { createDirtySet } from '../../src/engine/pass/dirty-set.ts';
import { createPass } from '../../src/engine/pass/pass.ts';
import type { Alert } from '../../src/haproxy/check/alerts.ts';
import type { Applier } from '../../src/haproxy/applier.ts';
import { MarathonUnreachable } from '../../src/sources/marathon/error.ts';
import type { Dirty } from '../../src/sources/source.ts';
import { type ConfigDocument, print } from '../../src/render/document.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { settingsOf, snapshotOf } from '../support/rendering/golden.ts';

/** An app with tasks of these ports. */
function app(number: number, ports: readonly number[], labels: Readonly<Record<string, string>> = {}) {
  return {
    id: `/app-${number}`,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: `app-${number}.example.com`, ...labels },
    portDefinitions: [{ port: 10_000 + number }],
    versionInfo: { lastConfigChangeAt: '2026-01-01T00:00:00.000Z' },
    tasks: ports.map((port) => ({ id: `task-${port}`, host: '127.0.0.1', ports: [port], state: 'TASK_RUNNING' })),
  };
}

/** A pass whose checks are answered by the test. */
function program(guard?: RemovalGuard) {
  const args = ['--group', 'external'];
  const settings = settingsOf({ args });
  const said: string[] = [];
  const checks: ((alerts: readonly Alert[]) => void)[] = [];
  const applied: ConfigDocument[] = [];
  const world = { apps: [] as readonly ReturnType<typeof app>[], isDown: false, isHeld: true };
  const applier: Applier = {
    onDisk: async () => ({ config: undefined, files: new Map() }),
    apply: async (doc, { reasons = [] }) => {
      applied.push(doc);
      return { kind: 'reload', reasons, attempts: 1 };
    },
    change: async (_, { ops }) => {
      const commands = ops.map((op) => ('server' in op ? `${op.kind} ${op.server.name}` : op.kind));
      said.push(...commands);
      return { kind: 'runtime', commands };
    },
    check: async () => (world.isHeld ? new Promise((resolve) => checks.push(resolve)) : []),
    reconcile: async () => ({ kind: 'unchanged' }),
    isRestarted: async () => false,
    reloadAllowedIn: () => 0,
    figures: async () => ({ oldWorkers: 0, leaving: 0 }),
    flush: async () => {},
    hasPendingReload: () => false,
    keepRejected: async () => {},
    reloadOnDisk: async () => ({ kind: 'unchanged' }),
    [Symbol.asyncDispose]: async () => {},
  };
  const source = {
    read: async (dirty: Dirty) => {
      if (dirty !== 'all' && world.isDown) throw new MarathonUnreachable([]);
      const apps = dirty === 'all' ? world.apps : world.apps.filter(({ id }) => dirty.has(id));
      return { ...snapshotOf(apps, { args }), gone: [] };
    },
  };
  const library = createLibrary(settings.render);
  const clocks = { now: () => new Date(0), clock: () => 0 };
  const pass = createPass(settings, { source, applier, library, ...clocks, ...(guard && { guard }) });
  const dirtySet = createDirtySet();
  const { signal } = new AbortController();
  return {
    world,
    said,
    checks,
    applied,
    /** A pass that reads everything. */
    run: async (apps: readonly ReturnType<typeof app>[]) => {
      world.apps = apps;
      dirtySet.clear();
      return (await pass.run({ cause: 'test', since: 0, dirty: 'all', retryRejected: false }, signal, dirtySet)).outcome;
    },
    /** Apps change while a pass is under way. */
    happen: (...apps: readonly ReturnType<typeof app>[]) => {
      const ids = new Set(apps.map(({ id }) => id));
      world.apps = [...world.apps.filter(({ id }) => !ids.has(id)), ...apps];
      dirtySet.add(ids);
    },
  };
}

async function running(guard?: RemovalGuard) {
  const mlb = program(guard);
  mlb.world.isHeld = false;
  await mlb.run([app(1, [31_001, 31_002]), app(2, [31_101])]);
  mlb.world.isHeld = true;
  mlb.applied.length = 0;
  return mlb;
}

const isServed = (doc: ConfigDocument | undefined, port: number) => print(doc as ConfigDocument).includes(`127.0.0.1:${port}`);

it('says what is known of servers before HAProxy is asked about the rest', async () => {
  const { run, checks, said } = await running();
  const outcome = run([app(1, [31_002]), app(2, [31_101]), app(3, [31_201])]);
  await expect.poll(() => checks.length).toBe(1);
  expect(said).toEqual(['remove 127_0_0_1_31001']);
  checks[0]?.([]);
  expect(await outcome).toMatchObject({ kind: 'reload' });
});

it('takes tasks out that end while HAProxy is asked, and reloads with the servers of the last moment', async () => {
  const { run, happen, checks, said, applied } = await running();
  const outcome = run([app(1, [31_001, 31_002]), app(2, [31_101]), app(3, [31_201])]);
  await expect.poll(() => checks.length).toBe(1);
  happen(app(1, [31_001, 31_003]));
  await expect.poll(() => said).toEqual(['add 127_0_0_1_31003', 'remove 127_0_0_1_31002']);
  happen(app(2, [31_102]));
  await expect.poll(() => said.slice(2)).toEqual(['add 127_0_0_1_31102', 'remove 127_0_0_1_31101']);
  checks[0]?.([]);
  expect(await outcome).toMatchObject({ kind: 'reload' });
  const ports = [31_001, 31_002, 31_003, 31_101, 31_102, 31_201];
  expect(ports.filter((port) => isServed(applied[0], port))).toEqual([31_001, 31_003, 31_102, 31_201]);
});

it('reloads with nothing that HAProxy was not asked about, whatever changes meanwhile', async () => {
  const { run, happen, checks, said, applied } = await running();
  const outcome = run([app(1, [31_001, 31_002]), app(2, [31_101]), app(3, [31_201])]);
  await expect.poll(() => checks.length).toBe(1);
  happen(app(1, [31_002], { HAPROXY_0_BALANCE: 'leastconn' }), app(4, [31_301]));
  await expect.poll(() => said).toEqual(['remove 127_0_0_1_31001']);
  checks[0]?.([]);
  expect(await outcome).toMatchObject({ kind: 'reload' });
  expect(isServed(applied[0], 31_001)).toBe(false);
  expect(print(applied[0] as ConfigDocument)).not.toMatch(/leastconn|app-4/);
});

it('puts nothing back where HAProxy refuses what it was asked about', async () => {
  const { run, happen, checks, said } = await running();
  const alert: Alert = { message: 'no', proxies: [], mentions: [] };
  const outcome = run([app(1, [31_001, 31_002]), app(2, [31_101]), app(3, [31_201])]);
  await expect.poll(() => checks.length).toBe(1);
  happen(app(1, [31_002]));
  await expect.poll(() => said).toEqual(['remove 127_0_0_1_31001']);
  const refuseAll = async (): Promise<void> => {
    for (let at = 0; at < 20; at += 1) {
      checks[at]?.([alert]);
      await new Promise(setImmediate);
    }
  };
  await refuseAll();
  expect(await outcome).toMatchObject({ kind: 'refused', commands: ['remove 127_0_0_1_31001'] });
  expect(said).toHaveLength(1);
  // The next pass knows what was done meanwhile.
  const next = run([app(1, [31_002]), app(2, [31_101]), app(3, [31_201])]);
  await expect.poll(() => checks.length).toBeGreaterThan(1);
  await refuseAll();
  expect((await next).kind).toBe('refused');
  expect(said).toHaveLength(1);
});

it('goes on with what is known where Marathon cannot be read meanwhile, and is careful then', async () => {
  const guard = createRemovalGuard({ maxRemoval: 50, clock: () => 0, leader: () => undefined });
  const { run, world, happen, checks, said, applied } = await running(guard);
  const outcome = run([app(1, [31_001, 31_002]), app(2, [31_101]), app(3, [31_201])]);
  await expect.poll(() => checks.length).toBe(1);
  world.isDown = true;
  happen(app(1, []));
  await new Promise(setImmediate);
  checks[0]?.([]);
  expect(await outcome).toMatchObject({ kind: 'reload' });
  expect(isServed(applied[0], 31_001)).toBe(true);
  expect(said).toEqual([]);
  expect(await run([])).toMatchObject({ kind: 'held' });
});
