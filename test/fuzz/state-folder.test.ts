import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEVER } from '../../src/lib/async/signals.ts';
import { history } from '../../src/commands/history/history.ts';
import { status, STATUSES } from '../../src/commands/status.ts';
import { keepJournal, lastPass } from '../../src/engine/journal/file.ts';
import { createJournal, type PassRecord } from '../../src/engine/journal/journal.ts';
import { createRunningFile } from '../../src/engine/state/running.ts';
import { createClaimsStore } from '../../src/engine/state/claims-store.ts';
import { createLastGoodStore } from '../../src/engine/state/last-good.ts';
import { createRejectionReportFile, reportRejections } from '../../src/engine/state/rejection-report.ts';
import { withRejections } from '../../src/engine/state/served-now.ts';
import { serversInConfig } from '../../src/engine/snapshot/servers-in-config.ts';
import type { Decision, Past } from '../../src/engine/pass/decide.ts';
import { lockConfig, lockPath } from '../../src/haproxy/files/config-lock.ts';
import { type Logger, silent } from '../../src/log/logger.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { plan } from '../../src/plan/plan.ts';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { anyDamage, type Damage, damaged, jsonDamage, lineDamage } from '../support/fuzz/damage.ts';
import { FUZZ, tryCases } from '../support/fuzz/fuzz.ts';
import {
  allApps,
  decided,
  decideOn,
  effectOnOthers,
  fullApp,
  noEffect,
  otherTexts,
  quiet,
  sourceOf,
  type Way,
  WAYS,
} from '../support/fuzz/world.ts';
import { nowhere } from '../support/rendering/golden.ts';

const signal = new AbortController().signal;

let folder: string;
let texts: Readonly<Record<'last-good.json' | 'claims.json' | 'refusals.json' | 'running.json' | 'journal.jsonl', string>>;
let warnings: string[] = [];
const log: Logger = { ...silent, warn: (text) => void warnings.push(text) };

/** The same with labels that cannot be read: its last good definition serves it. */
const spoilt = { ...fullApp, labels: { ...fullApp.labels, HAPROXY_0_BACKEND_WEIGHT: 'x' } };
let good: Snapshot;
let bad: Snapshot;

const snapshotOf = (app: unknown): Promise<Snapshot> =>
  sourceOf(() => ({ all: allApps([JSON.stringify(app), ...otherTexts]) })).read('all', signal);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fuzz-state-'));
  [good, bad] = await Promise.all([snapshotOf(fullApp), snapshotOf(spoilt)]);
  texts = await written(decideOn(good, 'plain'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The files as the program writes them. */
async function written(decision: Decision): Promise<typeof texts> {
  const { services, holders } = decision;
  {
    await using lastGood = createLastGoodStore({ folder, log, delay: 0 });
    lastGood.keep(new Map(services.filter(({ app }) => app === fullApp.id).map((service) => [`${service.app}#0`, service])));
    await using claims = createClaimsStore({ folder, log, delay: 0 });
    claims.keep(holders);
    await using report = createRejectionReportFile({ folder, log, delay: 0 });
    report.keep(reportRejections(rejectionsOf(decision), 'HAProxy was not reloaded', services.slice(1)));
    await using admin = createRunningFile(folder, log);
    admin.keep({
      pid: 1,
      listen: { kind: 'tcp', host: '127.0.0.1', port: 9092 },
      config: '/x/haproxy.cfg',
      sslCerts: ['/x.pem'],
    });
    const journal = createJournal();
    await using _ = keepJournal(journal, { folder, log });
    for (const after of [decided.plain, decision, decided.plain]) journal.append(recordOf(after));
  }
  const names = ['last-good.json', 'claims.json', 'refusals.json', 'running.json', 'journal.jsonl'] as const;
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])) as typeof texts;
}

function rejectionsOf({ services }: Decision): Parameters<typeof reportRejections>[0] {
  const rejection = {
    isOfServers: false,
    files: [],
    message: "unknown keyword 'x'",
    label: undefined,
    bind: undefined,
    steps: 1,
  };
  return new Map(
    services.map((service, at) => [
      `${service.app}#${service.index}`,
      { ...rejection, definition: service, servers: [], effect: at === 0 ? 'last-labels' : 'nothing' } as const,
    ]),
  );
}

function recordOf({ document, problems }: Decision): PassRecord {
  const outcome = { kind: 'reload', reasons: ['fuzz'], attempts: 1 } as const;
  return {
    cause: 'fuzz',
    at: new Date(0),
    sinceCause: 1,
    stages: { build: 1 },
    services: 1,
    servers: 1,
    problems,
    outcome,
    after: document,
  };
}

const ignore = (): void => {};

function damage(name: keyof typeof texts, how: Damage): void {
  warnings = [];
  writeFileSync(join(folder, name), damaged(texts[name], how, name.endsWith('.jsonl')));
}

it('keeps what is good: the last good labels serve the app', async () => {
  const lastGood = await createLastGoodStore({ folder, log }).read();
  const decision = decideOn(bad, 'plain', { lastGood });
  expect(decision.services).toHaveLength(otherTexts.length + 1);
  expect(effectOnOthers(decision, 'plain')).toEqual(noEffect('plain'));
  expect(await createClaimsStore({ folder, log }).read()).not.toEqual(new Map());
  expect((await createRejectionReportFile({ folder, log }).read()).refusals).toHaveLength(otherTexts.length + 1);
  expect(await createRunningFile(folder, log).read()).toBeDefined();
  expect(lastPass(folder)).toBe(3);
  expect(warnings).toEqual([]);
});

it('a damaged last-good.json costs its own service at most', FUZZ, () =>
  tryCases(
    { cases: 350 },
    fc.record({ how: fc.oneof(jsonDamage, lineDamage), way: fc.constantFrom(...WAYS) }),
    async ({ how, way }) => {
      damage('last-good.json', how);
      await using store = createLastGoodStore({
        folder,
        log,
        delay: 0,
        ...(way === 'grouped' && { model: { labelPolicy: 'safe' } }),
      });
      const lastGood = await store.read();
      expect(warnings.length).toBeLessThanOrEqual(1);
      expectNoEffect({ lastGood, holders: decided[way].holders }, way);
      store.keep(lastGood);
      await store[Symbol.asyncDispose]();
      expect([...(await store.read()).keys()]).toEqual([...lastGood.keys()]);
    },
  ),
);

it('a damaged claims.json takes nothing from an app that alone wants it', FUZZ, () =>
  tryCases({ cases: 150 }, fc.record({ how: jsonDamage, way: fc.constantFrom(...WAYS) }), async ({ how, way }) => {
    damage('claims.json', how);
    await using store = createClaimsStore({ folder, log, delay: 0 });
    const holders = await store.read();
    expect(warnings.length).toBeLessThanOrEqual(1);
    expectNoEffect({ holders }, way);
    store.keep(decideOn(bad, way, { holders }).holders);
    await store[Symbol.asyncDispose]();
    warnings = [];
    await store.read();
    expect(warnings).toEqual([]);
  }),
);

function expectNoEffect(past: Partial<Past>, way: Way): void {
  for (const snapshot of [quiet, good, bad]) expect(effectOnOthers(decideOn(snapshot, way, past), way)).toEqual(noEffect(way));
}

it('a damaged refusals.json is passed over, or read', FUZZ, () =>
  tryCases({ cases: 100 }, jsonDamage, async (how) => {
    damage('refusals.json', how);
    const report = await createRejectionReportFile({ folder, log }).read();
    expect(warnings.length).toBeLessThanOrEqual(1);
    const { services, problems } = withRejections(decided.plain.services, report, new Map());
    expect(services.length).toBeLessThanOrEqual(otherTexts.length);
    for (const { detail } of problems) expect(detail).toBeTypeOf('string');
  }),
);

it('a damaged running.json is passed over, or an address', FUZZ, () =>
  tryCases({ cases: 100 }, jsonDamage, async (how) => {
    damage('running.json', how);
    const running = await createRunningFile(folder, log).read();
    const listen = running?.listen;
    expect(running === undefined || running.config.startsWith('/')).toBe(true);
    expect(warnings.length).toBeLessThanOrEqual(1);
    const { host, port } = listen?.kind === 'tcp' ? listen : { host: '127.0.0.1', port: 9092 };
    expect(host).toMatch(/^[\w.:*-]+$/);
    expect(port > 0 && port < 65_536).toBe(true);
    // Not over TCP: the address may be anybody's.
    const raw = {
      stateDir: folder,
      haproxyVersion: '2.6',
      ...(listen?.kind === 'tcp' && { adminListen: `unix:${folder}/none` }),
    };
    expect(await status({ json: false, watch: false }, raw, nowhere, { out: ignore, err: ignore, signal: NEVER })).toBe(
      STATUSES.notReady,
    );
  }),
);

it('a damaged journal loses what is damaged, and no pass that follows', FUZZ, () =>
  tryCases({ cases: 200 }, jsonDamage, async (how) => {
    damage('journal.jsonl', how);
    const last = lastPass(folder);
    expect(Number.isSafeInteger(last)).toBe(true);
    const journal = createJournal({ firstId: last + 1 });
    await using kept = keepJournal(journal, { folder, log });
    journal.append({ ...recordOf(decided.plain), cause: 'the pass that follows' });
    await kept[Symbol.asyncDispose]();
    expect(warnings).toEqual([]);
    expect(lastPass(folder)).toBe(last + 1);
    const asked = { last: 10_000, all: true } as const;
    expect(await history({ ...asked, json: true }, { stateDir: folder }, nowhere, NEVER)).toContain('the pass that follows');
    const shown = await history(asked, { stateDir: folder }, nowhere, NEVER);
    expect(shown).toContain('the pass that follows');
    expect(shown).not.toMatch(/(?![\t\n])\p{Cc}/u);
  }),
);

it('a damaged configuration on disk is never taken for the one that is wanted', FUZZ, () =>
  tryCases(
    { cases: 200 },
    fc.record({ how: anyDamage, where: fc.nat(2), way: fc.constantFrom(...WAYS) }),
    ({ how, where, way }) => {
      const { document } = decided[way];
      const config = print(document);
      const [file] = document.files;
      const text = file === undefined || where > 0 ? config : printFile(file);
      const found = damaged(text, how).toString('utf8');
      const files = new Map(document.files.map((each) => [each.name, printFile(each)]));
      if (text !== config && file !== undefined) files.set(file.name, found);
      const onDisk = { config: text === config ? found : config, files };
      const planned = plan(undefined, onDisk, document);
      expect(planned.kind === 'nothing').toBe(found === text);
      expect(serversInConfig(onDisk.config).flatMap(({ servers }) => servers).length).toBeLessThanOrEqual(otherTexts.length);
    },
  ),
);

const lockText = fc.oneof(
  fc
    .tuple(fc.oneof(fc.nat(3), fc.nat(9_999_999_999), fc.maxSafeNat()), fc.option(fc.nat(), { nil: '' }))
    .map(([pid, started]) => `${pid} ${started}\n`),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

it('a lock of no process that runs is taken over', FUZZ, () =>
  tryCases({ cases: 50 }, lockText, async (text) => {
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(lockPath(config), text);
    await using _taken = await lockConfig(config);
    expect(readFileSync(lockPath(config), 'utf8')).not.toBe(text);
  }),
);
