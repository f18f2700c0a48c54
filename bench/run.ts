/** `npm run bench`: measures worlds of growing size, prints a table, and exits with 1 where a budget of budgets.json is exceeded. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { median } from './median.ts';
import { type Budgets, check, type Measured } from './budgets.ts';
import { measure, measureStages, type Usage } from './measure.ts';
import { serveWorld } from './served.ts';
import { table } from './table.ts';

const TASKS_PER_APP = 5;
const SEED = 20_261_122;
/** Pairs of runs for a number of apps. */
const PAIRS = new Map([
  [100, 7],
  [1000, 7],
  [10_000, 9],
]);

const quick = process.argv.includes('--quick');
const budgets = JSON.parse(readFileSync('bench/budgets.json', 'utf8')) as Budgets;
const measured: Measured[] = [];
for (const [apps, pairs] of PAIRS) if (!quick || apps === 1000) measured.push(await measureWorld(apps, pairs));

console.log(
  `node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}; ${TASKS_PER_APP} tasks an app\n`,
);
console.log(table(measured));
const over = check(measured, budgets);
for (const line of over) console.error(`over budget: ${line}`);
if (over.length === 0) console.log('\nwithin the budgets of bench/budgets.json');
else process.exitCode = 1;

/** Bare script, program, and program with labels in turn, so that all see the same moods of the machine. */
async function measureWorld(apps: number, pairs: number): Promise<Measured> {
  const size = { apps, tasksPerApp: TASKS_PER_APP, seed: SEED };
  await using served = await serveWorld(size);
  await using servedLabelled = await serveWorld({ ...size, isLabelled: true });
  const runs = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    console.error(`${apps} apps: run ${pair + 1} of ${pairs}`);
    const bare = await measure(['.tmp/bench/bench/bare.js', `${served.url}/v2/apps?embed=apps.tasks`]);
    const dry = await measureDry(served.url);
    const labelled = await measureDry(servedLabelled.url);
    runs.push({ bare, dry, labelled });
  }
  return {
    apps,
    megabytes: served.bytes / 1e6,
    bare: { cpu: median(runs.map(({ bare }) => bare.cpu)), peak: median(runs.map(({ bare }) => bare.peak)) },
    dry: { cpu: median(runs.map(({ dry }) => dry.cpu)), peak: Math.max(...runs.map(({ dry }) => dry.peak)) },
    ratio: median(runs.map(({ bare, dry }) => dry.cpu / bare.cpu)),
    labelled: {
      cpu: median(runs.map(({ labelled }) => labelled.cpu)),
      ratio: median(runs.map(({ dry, labelled }) => labelled.cpu / dry.cpu)),
    },
    stages: await measureStages(size, apps > 1000 ? 7 : 31),
  };
}

function measureDry(url: string): Promise<Usage> {
  return measure(['dist/bin.js', '--marathon', url, '--group', 'external', '--health-check', '--dry']);
}
