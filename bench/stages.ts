/**
 * Times the stages of a full pass within one process: `node stages.js ROUNDS APPS TASKS SEED plain|labelled` prints their medians in milliseconds as JSON. Each
 * round parses anew, so that nothing remembered of objects met before helps; the plan is one against the rendering of the round before.
 */
import { Command } from 'commander';
import { addOptions } from '../src/config/options/command.ts';
import { loadSettings } from '../src/config/load-settings.ts';
import type { Settings } from '../src/config/settings.ts';
import { thisMachine } from '../src/config/machine.ts';
import { appsCollector, type AppsAnswer, understand } from '../src/sources/marathon/apps/collect-apps.ts';
import { build } from '../src/model/build.ts';
import { plan } from '../src/plan/plan.ts';
import { print } from '../src/render/document.ts';
import type { ConfigDocument } from '../src/render/document.ts';
import { createLibrary } from '../src/render/templates/library.ts';
import { render } from '../src/render/render.ts';
import { templates } from '../src/render/templates/defaults.ts';
import { median } from './median.ts';
import { sizeOf, world } from './worlds.ts';

const [rounds = '1', ...size] = process.argv.slice(2);
const text = `{"apps":[${[...world(sizeOf(size))].join(',')}]}`;
const settings = settingsOfDry();
const library = createLibrary(settings.render);
const times = new Map<string, number[]>();
let current: ConfigDocument | undefined;

for (let round = 0; round < Number(rounds); round += 1) {
  timed('JSON.parse', () => JSON.parse(text) as unknown);
  const begun = performance.now();
  const read = timed('parse', () => parse(text));
  const snapshot = {
    workloads: read.apps,
    rejected: read.rejected,
    addresses: new Map<string, string>(),
    health: new Map<string, boolean>(),
  };
  const model = timed('build', () => build(snapshot, settings.model));
  const { document } = timed('render', () => render(model.services, settings.render, library));
  if (current !== undefined) timed('plan', () => plan(current, undefined, document));
  timed('print', () => Buffer.byteLength(print(document)));
  note('whole pass', performance.now() - begun);
  current = document;
}
console.log(JSON.stringify(Object.fromEntries([...times].map(([stage, all]) => [stage, median(all)]))));

/** In pieces of 64 kB, as they come from a socket. */
function parse(answer: string): AppsAnswer {
  const { push, end } = appsCollector();
  for (let at = 0; at < answer.length; at += 65_536) push(answer.slice(at, at + 65_536));
  return understand(end(), undefined);
}

function settingsOfDry(): Settings {
  const program = new Command();
  addOptions(program);
  program.parse(['--marathon', 'http://localhost', '--group', 'external', '--health-check', '--dry'], { from: 'user' });
  return loadSettings(program.opts(), thisMachine({}), Object.keys(templates));
}

function timed<T>(stage: string, work: () => T): T {
  const begun = performance.now();
  const result = work();
  note(stage, performance.now() - begun);
  return result;
}

function note(stage: string, time: number): void {
  const all = times.get(stage) ?? [];
  all.push(time);
  times.set(stage, all);
}
