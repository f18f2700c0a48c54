import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRemovalGuard } from '../../src/engine/snapshot/removal-guard.ts';
import type { PassRecord } from '../../src/engine/journal/journal.ts';
import { createLastGoodStore } from '../../src/engine/state/last-good.ts';
import { formatOutcome } from '../../src/engine/journal/log-passes.ts';
import { createPass, type PassDeps } from '../../src/engine/pass/pass.ts';
import { createApplier } from '../../src/haproxy/create-applier.ts';
import { silent } from '../../src/log/logger.ts';
import { MarathonError } from '../../src/sources/marathon/error.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { addFiles, settingsOf, snapshotOf } from '../support/rendering/golden.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mistakes-'));
  await addFiles(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Labels = Readonly<Record<string, string>>;

/** An app with a task on port `task` of its own. */
function app(number: number, labels: Labels = {}, task = 31_000 + number): object {
  return {
    id: `/app-${number}`,
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: `app-${number}.example.com`, ...labels },
    portDefinitions: [{ port: 10_000 + number }],
    versionInfo: { lastConfigChangeAt: '2026-01-01T00:00:00.000Z' },
    tasks: [{ id: `task-${number}`, host: '127.0.0.1', ports: [task], state: 'TASK_RUNNING' }],
  };
}

const BAD = { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  option nonsense\n' };
const HOLD = { HAPROXY_0_PORT: 'http' };
const SPOILT = { HAPROXY_0_BACKEND_HEAD: 'backend {nobody}\n' };

/** The program from snapshot to files, with a real `haproxy -c`; its state stays in the test's folder. */
function program(change: Partial<PassDeps> = {}, env: Record<string, string> = {}) {
  const args = ['--group', 'external', '--haproxy-config', join(folder, 'haproxy.cfg'), '--ssl-certs', join(folder, 'cert.pem')];
  const settings = settingsOf({ args, env });
  const haproxy = { ...settings.haproxy, binary: HAPROXIES[0] as string, reloadMinInterval: 0 };
  let apps: readonly object[] | Error = [];
  let checks = 0;
  const source = {
    read: async () => {
      if (apps instanceof Error) throw apps;
      return { ...snapshotOf(apps, { args }), gone: [] };
    },
  };
  const applier = createApplier(haproxy, { log: silent, reload: async () => ({ attempts: 0 }), now: () => new Date(0) });
  const store = createLastGoodStore({ folder: join(folder, 'state'), log: silent, delay: 0 });
  const pass = createPass(
    { ...settings, haproxy },
    {
      source,
      applier: {
        ...applier,
        check: (doc, signal, onWarnings) => {
          checks += 1;
          return applier.check(doc, signal, onWarnings);
        },
      },
      library: createLibrary(settings.render),
      now: () => new Date(0),
      clock: () => performance.now(),
      lastGood: store,
      ...change,
    },
  );
  return {
    checks: () => checks,
    run: (next: readonly object[] | Error): Promise<PassRecord> => {
      apps = next;
      return pass.run({ cause: 'test', since: 0, dirty: 'all', retryRejected: false }, new AbortController().signal);
    },
    async [Symbol.asyncDispose]() {
      await applier[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

async function section(name: string): Promise<string> {
  const text = await readFile(join(folder, 'haproxy.cfg'), 'utf8');
  return text.split(/\n(?=\S)/).find((each) => each.startsWith(`${name}\n`)) ?? '';
}

describe('one app’s mistake', () => {
  it('costs at most three checks among 1,000 apps', async () => {
    await using mlb = program();
    const record = await mlb.run(Array.from({ length: 1000 }, (_, number) => app(number, number === 500 ? BAD : {})));
    expect(record).toMatchObject({ services: 999, outcome: { kind: 'reload' } });
    expect(record.problems).toMatchObject([
      { code: 'haproxy-rejected', app: '/app-500', label: 'HAPROXY_0_BACKEND_HTTP_OPTIONS' },
    ]);
    expect(mlb.checks()).toBeLessThanOrEqual(3);
    expect(await section('backend app-501_10501')).toContain('127.0.0.1:31501');
  });

  it.each([
    ['that HAProxy rejects', BAD, 'haproxy-rejected'],
    ['that does not parse', HOLD, 'label-malformed'],
  ])('leaves the last good labels with the current tasks, over a restart: a label %s', async (_, mistake, code) => {
    {
      await using mlb = program();
      await mlb.run([app(1), app(2)]);
      const record = await mlb.run([app(1, mistake, 31_777), app(2)]);
      expect(record.problems).toMatchObject([{ code, app: '/app-1', detail: expect.stringContaining('last good labels') }]);
      expect(await section('backend app-1_10001')).toContain('balance roundrobin');
      expect(await section('backend app-1_10001')).toContain('127.0.0.1:31777');
    }
    await using again = program();
    const restarted = await again.run([app(1, mistake, 31_888), app(2)]);
    expect(restarted).toMatchObject({ services: 2, problems: [{ code }] });
    expect(await section('backend app-1_10001')).toContain('127.0.0.1:31888');
    const mended = await again.run([app(1, { HAPROXY_0_BALANCE: 'leastconn' }, 31_999), app(2)]);
    expect(mended).toMatchObject({ services: 2, problems: [] });
    expect(await section('backend app-1_10001')).toMatch(/balance leastconn[^]*127.0.0.1:31999/);
  });

  it('serves with the default template in the place of a label with an unknown placeholder', async () => {
    await using mlb = program();
    const record = await mlb.run([app(1, SPOILT), app(2)]);
    expect(record).toMatchObject({
      services: 2,
      problems: [{ code: 'template-malformed', app: '/app-1', detail: expect.stringContaining('the default template') }],
    });
    expect(await section('backend app-1_10001')).toContain('127.0.0.1:31001');
  });

  it.each([BAD, HOLD])('leaves it out where nothing good is known: %o', async (mistake) => {
    await using mlb = program();
    const record = await mlb.run([app(1, mistake), app(2)]);
    expect(record).toMatchObject({ services: 1, problems: [{ detail: expect.stringContaining('left out') }] });
    expect(await section('backend app-1_10001')).toBe('');
    expect(await section('backend app-2_10002')).toContain('127.0.0.1:31002');
  });

  it('knows after a restart that what is on disk is good', async () => {
    await using mlb = program();
    await mlb.run([app(1)]);
    await mlb[Symbol.asyncDispose]();
    await rm(join(folder, 'state'), { recursive: true });
    await using again = program();
    expect(await again.run([app(1)])).toMatchObject({ outcome: { kind: 'unchanged' } });
    expect(await again.run([app(1, BAD)])).toMatchObject({ services: 1, problems: [{ code: 'haproxy-rejected' }] });
  });

  it('is told apart from that of a template of the operator', async () => {
    const HEAD = `global\n  stats socket ${folder}/s expose-fd listeners\ndefaults\n  timeout client 30s\n  timeout conect 3s\n`;
    await using mlb = program({}, { HAPROXY_HEAD: HEAD });
    const { outcome } = await mlb.run([app(1), app(2)]);
    expect(outcome.kind).toBe('refused');
    expect(formatOutcome(outcome)).toContain('template HAPROXY_HEAD, line 5, `timeout conect 3s`: ');
  });
});

describe('conflicts', () => {
  const older = { versionInfo: { lastConfigChangeAt: '2025-01-01T00:00:00.000Z' } };

  it('leave the port to the older app, the other one its hosts; HAProxy accepts it', async () => {
    await using mlb = program();
    const first = app(1, { HAPROXY_0_PORT: '12000' });
    const second = { ...app(2, { HAPROXY_0_PORT: '12000' }), ...older };
    for (const apps of [
      [first, second],
      [second, first],
    ]) {
      const record = await mlb.run(apps);
      expect(record).toMatchObject({
        services: 2,
        problems: [{ code: 'port-conflict', app: '/app-1', label: 'HAPROXY_0_PORT' }],
      });
      expect(await section('frontend app-1_12000')).toBe('');
      expect(await section('frontend app-2_12000')).toContain('bind *:12000');
      expect(await section('frontend marathon_http_in')).toContain('use_backend app-1_12000');
    }
  });

  it('put the rule of the older app first', async () => {
    await using mlb = program();
    const claim = { HAPROXY_0_VHOST: 'shop.example.com' };
    const both = [app(1, claim), { ...app(2, claim), ...older }];
    const record = await mlb.run(both);
    expect(record.problems).toMatchObject([{ code: 'vhost-conflict', app: '/app-1' }]);
    expect(await section('frontend marathon_http_in')).toMatch(/use_backend app-2_[^]*use_backend app-1_/);
    expect(await section('frontend marathon_https_in')).toMatch(/use_backend app-2_[^]*use_backend app-1_/);
    // A deploy makes its definition the younger one: it keeps what it has.
    await mlb.run([app(1, claim), app(2, claim)]);
    expect(await section('frontend marathon_http_in')).toMatch(/use_backend app-2_[^]*use_backend app-1_/);
  });
});

describe('Marathon', () => {
  const fleet = Array.from({ length: 10 }, (_, number) => app(number));

  it('is not believed right after a reconnect when it takes most servers away, until it says so again', async () => {
    let now = 0;
    const guard = createRemovalGuard({ maxRemoval: 50, clock: () => now, leader: () => 'one' });
    await using mlb = program({ guard });
    guard.opened();
    await mlb.run(fleet);
    guard.opened();
    const held = await mlb.run([]);
    expect(held.outcome).toEqual({ kind: 'held', removed: 10, total: 10, retryInMs: 5000 });
    expect(await section('backend app-7_10007')).toContain('127.0.0.1:31007');
    now = 5000;
    expect((await mlb.run([])).outcome.kind).toBe('reload');
    expect(await section('backend app-7_10007')).toBe('');
  });

  it('is not believed after a restart either when it takes most servers away', async () => {
    {
      await using mlb = program();
      await mlb.run(fleet);
    }
    let now = 0;
    const guard = createRemovalGuard({ maxRemoval: 50, clock: () => now, leader: () => 'one', staysOn: true });
    await using again = program({ guard });
    expect((await again.run(fleet.slice(0, 2))).outcome).toEqual({ kind: 'held', removed: 8, total: 10, retryInMs: 5000 });
    expect(await section('backend app-7_10007')).toContain('127.0.0.1:31007');
    now = 5000;
    expect((await again.run(fleet.slice(0, 2))).outcome.kind).toBe('reload');
  });

  it.each([
    [3, 'held'],
    [5, 'reload'],
  ] as const)('is believed where HAProxy’s own checks agree: %s of 8 servers that go are down', async (count, kind) => {
    const guard = createRemovalGuard({ maxRemoval: 30, clock: () => 0, leader: () => 'one' });
    const down = new Set(Array.from({ length: count }, (_, number) => `127.0.0.1:${31_009 - number}`));
    await using mlb = program({ guard, down: async () => down });
    guard.opened();
    await mlb.run(fleet);
    guard.opened();
    expect((await mlb.run(fleet.slice(0, 2))).outcome.kind).toBe(kind);
  });

  it('unreachable at the start leaves the configuration on disk', async () => {
    const config = join(folder, 'haproxy.cfg');
    await writeFile(config, 'what was good\n');
    await using mlb = program();
    const { outcome } = await mlb.run(new MarathonError('timeout', 'no answer'));
    expect(outcome.kind).toBe('failed');
    expect(await readFile(config, 'utf8')).toBe('what was good\n');
  });
});
