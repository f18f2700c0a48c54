/**
 * Measures the program at work on a real HAProxy: the table of docs/performance.md. Options: `--quick` (fewer rounds, up to 1,000
 * apps), `--apps 100,1000`, `--haproxy /opt/haproxy-3.4/haproxy`. Exit status 1: a budget of budgets.json is exceeded.
 */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { median } from '../median.ts';
import { check, countOf, type Budgets, type Measured } from './budgets.ts';
import { measureChurn } from './churn.ts';
import { measureMistake } from './mistake.ts';
import { measureScaling, type Scaling } from './scaling.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, apps: { type: 'string' }, haproxy: { type: 'string' } },
});
const { quick } = values;
if (values.haproxy !== undefined) process.env['HAPROXY'] = values.haproxy;
const sizes = (values.apps ?? (quick ? '100,1000' : '100,1000,10000')).split(',').map(Number);
const budgets = JSON.parse(readFileSync('bench/live/budgets.json', 'utf8')) as Budgets;
const load = loadavg()[0] ?? 0;

const scalings: Scaling[] = [];
for (const apps of sizes) {
  console.error(`scaling one of ${apps} apps`);
  scalings.push(await measureScaling(apps, quick ? 10 : 30));
}
console.error('scaling under load');
const churn = await measureChurn(quick ? 15 : 60, quick ? 5000 : 35_000);
console.error('one bad app among 200');
const rounds = Array.from({ length: quick ? 1 : 5 });
const bad: number[] = [];
const good: number[] = [];
for (const _ of rounds) {
  bad.push(await measureMistake(200));
  good.push(await measureMistake(200, false));
}
const measured: Measured = { scalings, churn, mistake: { bad: median(bad), good: median(good) } };

console.log(
  `node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load before: ${load.toFixed(1)}\n`,
);
console.log(table(measured, budgets));
if (countOf(churn) > 0) console.log('\nfailures:', Object.fromEntries(churn.failures));
const over = check(measured, budgets);
for (const line of over) console.error(`over budget: ${line}`);
if (over.length === 0) console.log('\nwithin the budgets of bench/live/budgets.json');
else process.exitCode = 1;
