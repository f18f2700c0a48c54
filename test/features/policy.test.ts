/** Rules that come while the program runs, or between two runs of it: nothing that they forbid is left of what was there before. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPass } from '../../src/engine/pass/pass.ts';
import { createClaimsStore } from '../../src/engine/state/claims-store.ts';
import { createLastGoodStore } from '../../src/engine/state/last-good.ts';
import { createApplier } from '../../src/haproxy/create-applier.ts';
import { silent } from '../../src/log/logger.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { addFiles, policyOf, settingsOf, snapshotOf } from '../support/rendering/golden.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-'));
  await addFiles(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const SINCE = '2026-01-01T00:00:00.000Z';

const app = (id: string, port: number, labels: object): object => ({
  id,
  instances: 1,
  labels: { HAPROXY_GROUP: 'external', HAPROXY_0_MODE: 'http', ...labels },
  portDefinitions: [{ port, protocol: 'tcp' }],
  versionInfo: { lastConfigChangeAt: SINCE, lastScalingAt: SINCE },
  tasks: [{ id: `${id.slice(1).replaceAll('/', '_')}.1`, host: '127.0.0.1', ports: [port + 21_000], state: 'TASK_RUNNING' }],
});

const shop = (labels: object = {}): object => app('/a/shop', 10_001, { HAPROXY_0_VHOST: 'shop.test', ...labels });
const heir = app('/b/heir', 10_002, { HAPROXY_0_VHOST: 'shop.test' });

/** Without it, HAProxy would refuse all that is served, which is no app's matter. */
const bystander = app('/c/other', 10_003, { HAPROXY_0_VHOST: 'bystander.test' });

const FORBIDS = { rules: [{ prefix: '/a', hosts: ['other.test'] }] };

/** The program from snapshot to files with its state, and a real `haproxy -c`. */
function program(first?: unknown) {
  const args = ['--group', 'external', '--haproxy-config', join(folder, 'haproxy.cfg'), '--ssl-certs', join(folder, 'cert.pem')];
  const settings = settingsOf({ args, ...(first !== undefined && { policy: first }) });
  let { policy } = settings.model;
  const haproxy = { ...settings.haproxy, binary: HAPROXIES[0] as string, reloadMinInterval: 0 };
  let apps: readonly object[] = [];
  const source = { read: async () => ({ ...snapshotOf(apps, { args }), gone: [] }) };
  const applier = createApplier(haproxy, { log: silent, reload: async () => ({ attempts: 0 }), now: () => new Date(0) });
  const kept = { folder: join(folder, 'state'), log: silent, delay: 0 };
  const lastGood = createLastGoodStore({ ...kept, model: settings.model });
  const claims = createClaimsStore(kept);
  const clocks = { now: () => new Date(0), clock: () => performance.now() };
  const pass = createPass(
    { ...settings, haproxy },
    { source, applier, library: createLibrary(settings.render), ...clocks, lastGood, claims, policy: () => policy },
  );
  return {
    change: (next: unknown): void => void (policy = policyOf(next)),
    /** Returns the codes of the problems of each app, and who has the host. */
    async run(...next: readonly object[]): Promise<{ problems: readonly string[]; host: string | undefined }> {
      apps = next;
      const cause = { cause: 'test', since: 0, dirty: 'all', retryRejected: false } as const;
      const { problems } = await pass.run(cause, new AbortController().signal);
      const text = await readFile(join(folder, 'haproxy.cfg'), 'utf8');
      return {
        problems: problems.map(({ app, code }) => `${app} ${code}`),
        host: /hdr\(host\) -i shop\.test\n(?: +[^\n]*\n)*? +use_backend (\S+) if/.exec(text)?.[1],
      };
    },
    async [Symbol.asyncDispose]() {
      await applier[Symbol.asyncDispose]();
      await lastGood[Symbol.asyncDispose]();
      await claims[Symbol.asyncDispose]();
    },
  };
}

/** A mistake that costs the service: its last good labels serve in its place. */
const MALFORMED = { HAPROXY_0_BACKEND_WEIGHT: 'x' };
/** What HAProxy refuses: the same. */
const REFUSED = { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  no-such-word\n' };

it.each([
  ['malformed', MALFORMED, 'label-malformed'],
  ['refused', REFUSED, 'haproxy-rejected'],
] as const)('the last good labels of an app with %s ones end with the rule that forbids them', async (_, mistake, code) => {
  const changed = { HAPROXY_0_VHOST: 'other.test', ...mistake };
  await using mlb = program();
  await mlb.run(shop(), bystander);
  expect(await mlb.run(shop(changed), bystander)).toEqual({ problems: [`/a/shop ${code}`], host: 'a_shop_10001' });
  mlb.change(FORBIDS);
  expect(await mlb.run(shop(changed), bystander)).toEqual({ problems: [`/a/shop ${code}`], host: undefined });
  // What is allowed is served again, and stands in from then on.
  expect(await mlb.run(shop({ HAPROXY_0_VHOST: 'other.test' }), bystander)).toEqual({ problems: [], host: undefined });
  expect(await readFile(join(folder, 'haproxy.cfg'), 'utf8')).toContain('other.test');
  await mlb.run(shop(changed), bystander);
  expect(await readFile(join(folder, 'haproxy.cfg'), 'utf8')).toContain('-i other.test');
});

it.each([
  ['malformed', MALFORMED, 'label-malformed'],
  ['refused', REFUSED, 'haproxy-rejected'],
] as const)('the same over a restart, with %s labels', async (_, mistake, code) => {
  const changed = { HAPROXY_0_VHOST: 'other.test', ...mistake };
  {
    await using mlb = program();
    await mlb.run(shop(), bystander);
  }
  {
    await using same = program();
    expect((await same.run(shop(changed), bystander)).host).toBe('a_shop_10001');
  }
  await using mlb = program(FORBIDS);
  expect(await mlb.run(shop(changed), bystander)).toEqual({ problems: [`/a/shop ${code}`], host: undefined });
});

it('a label that is forbidden now, without a mistake, is not served by what was there before', async () => {
  await using mlb = program();
  await mlb.run(shop());
  mlb.change(FORBIDS);
  expect(await mlb.run(shop())).toEqual({ problems: ['/a/shop policy-denied'], host: undefined });
  mlb.change({ rules: [] });
  expect(await mlb.run(shop())).toEqual({ problems: [], host: 'a_shop_10001' });
});

it('a host that is taken from an app by a rule belongs to the next one', async () => {
  await using mlb = program();
  await mlb.run(shop());
  expect(await mlb.run(shop(), heir)).toEqual({ problems: ['/b/heir vhost-conflict'], host: 'a_shop_10001' });
  mlb.change(FORBIDS);
  expect(await mlb.run(shop(), heir)).toEqual({ problems: ['/a/shop policy-denied'], host: 'b_heir_10002' });
  mlb.change({ rules: [] });
  expect(await mlb.run(shop(), heir)).toEqual({ problems: ['/a/shop vhost-conflict'], host: 'b_heir_10002' });
});

it('the same over restarts', async () => {
  {
    await using mlb = program();
    await mlb.run(shop());
    expect((await mlb.run(shop(), heir)).host).toBe('a_shop_10001');
  }
  {
    await using mlb = program(FORBIDS);
    expect(await mlb.run(shop(), heir)).toEqual({ problems: ['/a/shop policy-denied'], host: 'b_heir_10002' });
  }
  await using mlb = program();
  expect(await mlb.run(shop(), heir)).toEqual({ problems: ['/a/shop vhost-conflict'], host: 'b_heir_10002' });
});

it('the guide has rules that can be read', async () => {
  const guide = await readFile(new URL('../../docs/guide/many-teams.md', import.meta.url), 'utf8');
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(guide) ?? [];
  expect([...policyOf(JSON.parse(json)).rules.keys()]).toEqual(['/team-a', '/team-b', '/ops', '/']);
});

it('what is only a restart of tasks takes no host from an app', async () => {
  await using mlb = program({ rules: [{ prefix: '/a', hosts: ['shop.test'] }] });
  await mlb.run(shop());
  await mlb.run({ ...shop(), tasks: [] }, heir);
  expect((await mlb.run(shop(), heir)).host).toBe('a_shop_10001');
});
