import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelSettings, RenderSettings } from '../../src/config/settings.ts';
import { createWorkloadCache } from '../../src/engine/snapshot/workload-cache.ts';
import type { Dirty } from '../../src/sources/source.ts';
import { silent } from '../../src/log/logger.ts';
import { createAppReader } from '../../src/sources/marathon/apps/app-reader.ts';
import { build, createBuildMemo, type Model } from '../../src/model/build.ts';
import type { Holders } from '../../src/model/conflicts/holders.ts';
import { plan } from '../../src/plan/plan.ts';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { createRenderMemo, render, type Rendered } from '../../src/render/render.ts';
import { type FakeMarathon, fakeMarathon, histories, type Step } from '../support/marathon/histories.ts';
import { plainRender } from '../support/rendering/render-settings.ts';

const signal = new AbortController().signal;
const plainModel: ModelSettings = { groups: ['external'], strictMode: false, healthCheck: true };
const WAYS: readonly {
  readonly name: string;
  readonly model: Partial<ModelSettings>;
  readonly render: Partial<RenderSettings>;
}[] = [
  { name: 'plain', model: {}, render: {} },
  { name: 'maps', model: { healthCheck: false }, render: { haproxyMap: true } },
  { name: 'grouped vhosts', model: { groups: ['*'] }, render: { groupHttpsByVhost: true } },
  { name: 'assigned ports', model: { groups: ['*'], assignedPorts: { min: 10_000, max: 10_003 } }, render: { haproxyMap: true } },
];

/** Each way of running plays this many histories. */
const RUNS = 250;

test.each(WAYS)(
  'what is kept from pass to pass never shows: $name',
  async (way) => {
    const settings = {
      model: { ...plainModel, ...way.model },
      render: { ...plainRender, templates: { HEAD: 'global\n' }, ...way.render },
    };
    const property = fc.asyncProperty(histories, async (steps) => {
      const marathon = fakeMarathon((apps) => settings.model.assignedPorts !== undefined || apps.some(isInGroup));
      const [incremental, full] = [player(marathon, settings, true), player(marathon, settings, false)];
      for (const step of steps) {
        const dirty = play(step, marathon);
        const [some, all] = [await incremental(dirty), await full('all')];
        // Where nothing was dirty, nothing was read and nothing failed.
        const isRead = !step.fails;
        expect(isRead && some).toEqual(isRead && all);
      }
    });
    await expect(fc.assert(property, { numRuns: RUNS })).resolves.toBeUndefined();
  },
  60_000,
);

function isInGroup({ labels }: { readonly labels: object }): boolean {
  return 'HAPROXY_DEPLOYMENT_GROUP' in labels;
}

function play(step: Step, marathon: FakeMarathon): Dirty {
  marathon.fails = step.fails;
  const all = step.happenings.map((happening) => marathon.happen(happening));
  if (step.everything || all.includes('all')) return 'all';
  return new Set(all.flatMap((dirty) => (dirty === 'all' ? [] : [...dirty])));
}

/** Runs passes, with all that is kept between them, or each from nothing. Undefined: the read failed. */
function player(
  marathon: FakeMarathon,
  settings: { readonly model: ModelSettings; readonly render: RenderSettings },
  keeps: boolean,
): (dirty: Dirty) => Promise<object | undefined> {
  const source = createAppReader(marathon.client, { lruCacheCapacity: 1000 }, { log: silent, lookup: marathon.lookup });
  const world = keeps
    ? createWorkloadCache(source, settings.model)
    : { read: (_: Dirty, signal: AbortSignal) => source.read('all', signal) };
  const library = createLibrary(settings.render);
  const memo = { build: createBuildMemo(), render: createRenderMemo() };
  let before: Rendered | undefined;
  // Who had what first is no matter of memory alone: it decides, and is kept over restarts.
  let holders: Holders | undefined;
  return async (dirty) => {
    const snapshot = await world.read(dirty, signal).catch(() => undefined);
    if (snapshot === undefined) return undefined;
    const model = build(snapshot, settings.model, keeps ? memo.build : undefined, holders);
    holders = model.holders;
    const rendered = keeps
      ? render(model.services, settings.render, library, memo.render)
      : render(model.services, settings.render, library);
    const changes = before && plan(before.document, undefined, rendered.document);
    before = rendered;
    return shown(model, rendered, changes);
  };
}

/** All that anybody gets to see. */
function shown(model: Model, { document, problems }: Rendered, changes: object | undefined): object {
  return {
    configuration: print(document),
    maps: document.files.map((map) => [map.name, printFile(map)]),
    problems: [...model.problems, ...problems],
    malformed: model.malformed,
    changes,
  };
}
