import { countOf, type Budgets, type Measured } from './budgets.ts';

/** The measurements for people: what, how much, how much it may be. */
export function table({ scalings, churn, mistake }: Measured, budgets: Budgets): string {
  const rows: readonly (readonly string[])[] = [
    ['what', 'measured', 'at most'],
    ...scalings.map(({ apps, firstAnswer, firstAnswer95 }) => [
      `event → first answer of the new task, ${count(apps)} apps × 3 tasks`,
      `${firstAnswer.toFixed(1)} ms (95 %: ${firstAnswer95.toFixed(1)} ms)`,
      `${budgets.firstAnswer[apps] ?? '–'} ms`,
    ]),
    ...scalings.map(({ apps, bytes, events }) => [
      `read from Marathon per event, ${count(apps)} apps (${events.toFixed(0)} events a scale-up and -down)`,
      `${(bytes / 1000).toFixed(2)} kB`,
      apps > 1000 ? '–' : `${budgets.bytesPerEvent / 1000} kB`,
    ]),
    ...scalings.map(({ apps, cpu }) => [
      `CPU of the program per event, ${count(apps)} apps`,
      `${cpu.toFixed(1)} ms`,
      apps > 1000 ? '–' : `${budgets.cpuPerEvent} ms`,
    ]),
    [`reloads while one app scales up and down ${churn.times} times`, `${churn.reloads}`, `${budgets.reloads}`],
    [`failed requests meanwhile, of ${count(churn.requests)}, half keep-alive`, `${countOf(churn)}`, `${budgets.failures}`],
    ['one bad app among 200: until the others are served', seconds(mistake.bad), seconds(budgets.othersServed)],
    ['the same without a bad app', seconds(mistake.good), '–'],
  ];
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  return rows
    .map(([what = '', value = '', most = '']) => `${what.padEnd(width(0))}   ${value.padEnd(width(1))}   ${most}`)
    .join('\n');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
