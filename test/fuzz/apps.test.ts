import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createObserver } from '../../src/deploy/io/observe.ts';
import { createWorkloadCache } from '../../src/engine/snapshot/workload-cache.ts';
import { createJournal, type Entry } from '../../src/engine/journal/journal.ts';
import { fileEntryOf, readFileEntry } from '../../src/engine/journal/file-entry.ts';
import { explainApp } from '../../src/explain/app/explain-app.ts';
import { formatApp, formatUrl } from '../../src/explain/format.ts';
import { explainUrl } from '../../src/explain/url/explain-url.ts';
import { requestOf } from '../../src/explain/url/request.ts';
import { HaproxyError } from '../../src/haproxy/error.ts';
import { frontendCommand, serverCommands } from '../../src/haproxy/runtime/commands.ts';
import type { Decision } from '../../src/engine/pass/decide.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { plan } from '../../src/plan/plan.ts';
import type { Op } from '../../src/plan/operations.ts';
import { print } from '../../src/render/document.ts';
import { FUZZ, tryCases } from '../support/fuzz/fuzz.ts';
import { edited, jsonEdits, lineEdits } from '../support/fuzz/json-edits.ts';
import {
  allApps,
  type Answers,
  decided,
  decideOn,
  effectOnOthers,
  fullApp,
  modelSettings,
  noEffect,
  otherTexts,
  quiet,
  sourceOf,
  victims,
  type Way,
  WAYS,
} from '../support/fuzz/world.ts';

const signal = new AbortController().signal;

const cases = fc.record({
  victim: fc.oneof(fc.constant(fullApp), fc.constantFrom(...victims)),
  edits: fc.oneof(jsonEdits, lineEdits),
  /** Place among the others. */
  at: fc.nat(otherTexts.length),
  way: fc.constantFrom(...WAYS),
  /** Characters in a piece of the answer. */
  cut: fc.oneof(fc.constant(1_000_000), fc.integer({ min: 1, max: 400 })),
});

it('any JSON in an app or its tasks costs the other apps nothing', FUZZ, () =>
  tryCases({ cases: 1300 }, cases, async (each) => {
    const { victim, edits, at, way, cut } = each;
    // Without its id it would be another app.
    const broken = edited(victim, edits, (path) => path === '' || path === '/id');
    const all = allApps([...otherTexts.slice(0, at), broken, ...otherTexts.slice(at)]);
    let answers: Answers = { all: allApps(otherTexts) };
    const cache = createWorkloadCache(
      sourceOf(() => answers),
      modelSettings(way),
    );
    const before = decideOn(await cache.read('all', signal), way);
    answers = { all, cut: Math.max(cut, all.length / 2000), one: `{"app":${broken}}` };
    const snapshot = await cache.read('all', signal);
    const after = decideOn(snapshot, way, { holders: before.holders });
    expect(effectOnOthers(after, way)).toEqual(noEffect(way));
    followUp(before, after, snapshot, victim.id, way);
    // Read alone, as after an event, it is the same app.
    const again = decideOn(await cache.read(new Set([victim.id]), signal), way, { holders: after.holders });
    expect(effectOnOthers(again, way)).toEqual(noEffect(way));
    // When it is gone, nothing of it is left.
    answers = { all: allApps(otherTexts) };
    const gone = decideOn(await cache.read(new Set([victim.id]), signal), way, { holders: again.holders });
    expect(print(gone.document)).toBe(print(before.document));
  }),
);

it('any JSON in the place of an app, or of all apps, is an app that is left out, or an error that says so', FUZZ, () =>
  tryCases(
    { cases: 500 },
    fc.record({ victim: fc.constantFrom(...victims), edits: jsonEdits, way: fc.constantFrom(...WAYS), isWhole: fc.boolean() }),
    async ({ victim, edits, way, isWhole }) => {
      const apps = [...otherTexts.map((text) => JSON.parse(text) as object), victim];
      const answer = isWhole ? edited({ apps }, edits) : allApps([...otherTexts, edited(victim, edits)]);
      const source = sourceOf(() => ({ all: answer, one: edited({ app: victim }, edits) }));
      const snapshot = await source.read('all', signal).catch(onlyMarathon);
      const decision = decideOn(snapshot ?? quiet, way, { holders: decided[way].holders });
      expect(print(decision.document)).toContain('frontend marathon_http_in');
      if (snapshot !== undefined && !isWhole) followUp(decided[way], decision, snapshot, victim.id, way);
      // What zdd looks at.
      const observer = createObserver(groupOf(victim), {
        client: { leader: undefined, getJson: async () => JSON.parse(answer) as unknown },
        balancers: { look: async () => [], [Symbol.asyncDispose]: async () => {} },
        now: () => 0,
      });
      const seen = await observer.look(signal).catch(onlyMarathon);
      expect(seen?.balancers ?? []).toEqual([]);
      const alone = await source.read(new Set([victim.id]), signal).catch(onlyMarathon);
      // An answer about another app must not take its place.
      for (const { id } of alone?.workloads ?? []) expect(id).toBe(victim.id);
    },
  ),
);

it('serves the others and, while nothing is wrong with it, the app', async () => {
  const [victim] = victims;
  const snapshot = await sourceOf(() => ({ all: allApps([JSON.stringify(victim), ...otherTexts]) })).read('all', signal);
  expect(snapshot.workloads.map(({ id }) => id)).toContain(victim?.id);
  expect(print(decided.plain.document)).toContain('server agent_fuzz_test_10_1_2_3_31000 10.1.2.3:31000');
  expect(decided.plain.services).toHaveLength(otherTexts.length);
  expect(decided.plain.problems).toEqual([]);
});

function groupOf({ labels }: (typeof victims)[number]): string {
  const group = labels?.['HAPROXY_DEPLOYMENT_GROUP'];
  return typeof group === 'string' ? `/${group.replace(/^\//, '')}` : '/none';
}

/** What comes after a decision: a plan and its commands, the journal, explanations. */
function followUp(before: Decision, after: Decision, snapshot: Snapshot, id: string, way: Way): void {
  const planned = plan(before.document, undefined, after.document);
  if (planned.kind === 'runtime') for (const op of planned.ops) commandsOf(op);
  const entry = entryOf(before, after);
  expect(readFileEntry(JSON.stringify(fileEntryOf(entry)))).toBeDefined();
  const decision = { ...after, snapshot, settings: modelSettings(way) };
  expect(formatApp(explainApp(decision, id))).toContain(id);
  for (const url of ['http://other-0.fuzz.test/o', 'https://other-2.fuzz.test/o', 'http://x.test:19001']) {
    const request = requestOf(url);
    const [now, then] = [decision, { ...before, snapshot: quiet, settings: modelSettings(way) }].map((each) =>
      request === undefined ? undefined : explainUrl(each, request),
    );
    expect(now && formatUrl(now)).toContain(url);
    expect(now?.backend).toBe(then?.backend);
  }
}

function commandsOf(op: Op): readonly string[] {
  try {
    if (op.kind === 'file' || op.kind === 'certificate' || op.kind === 'certificate-gone') return [];
    return 'server' in op ? serverCommands(op) : [frontendCommand(op)];
  } catch (error) {
    expect(error).toBeInstanceOf(HaproxyError);
    return [];
  }
}

function entryOf(before: Decision, after: Decision): Entry {
  const journal = createJournal();
  const base = { cause: 'fuzz', at: new Date(0), sinceCause: 1, stages: { build: 1 }, refusals: [], compared: undefined };
  const outcome = { kind: 'reload', reasons: ['fuzz'], attempts: 1 } as const;
  journal.append({
    ...base,
    onDisk: undefined,
    againInMs: undefined,
    services: after.services.length,
    servers: 1,
    problems: after.problems,
    outcome,
    before: before.document,
    after: after.document,
  });
  return journal.latest as Entry;
}

function onlyMarathon(error: unknown): undefined {
  expect(error).toMatchObject({ name: 'MarathonError' });
}
