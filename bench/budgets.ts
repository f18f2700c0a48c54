/** What is measured of one world, and what it may be. */
import type { Usage } from './measure.ts';

export interface Measured {
  readonly apps: number;
  /** Of the answer. */
  readonly megabytes: number;
  readonly bare: Usage;
  readonly dry: Usage;
  /** CPU of the program to that of the bare script, the median of the pairs. */
  readonly ratio: number;
  /** The same apps with five more labels each: CPU, and to that without them, the median of the pairs. */
  readonly labelled: { readonly cpu: number; readonly ratio: number };
  /** Median milliseconds by stage; `JSON.parse` is the yardstick. */
  readonly stages: Readonly<Record<string, number>>;
}

/** The shape of budgets.json. */
export interface Budgets {
  /** By number of apps: CPU of `--dry` to the bare script's, and peak memory in MiB. */
  readonly dry: Readonly<Record<string, { readonly cpuRatio: number; readonly peakMiB: number }>>;
  /** CPU of `--dry` with 10,000 apps to that with 1,000. */
  readonly growth: number;
  /** CPU of `--dry` with five more labels an app to that without them. */
  readonly labelled: number;
  /** Time of a stage to that of JSON.parse in the same process, from 1,000 apps on: below, it is the noise that is measured. */
  readonly stages: Readonly<Record<string, number>>;
}

/** A sentence for each budget that is exceeded. */
export function check(measured: readonly Measured[], budgets: Budgets): string[] {
  const over: string[] = [];
  const compare = (what: string, value: number, budget: number | undefined): void => {
    if (budget !== undefined && value > budget) over.push(`${what} is ${value.toFixed(2)}, at most ${budget}`);
  };
  for (const { apps, ratio, dry, labelled, stages } of measured) {
    const budget = budgets.dry[apps];
    compare(`${apps} apps: CPU of --dry to the bare script's`, ratio, budget?.cpuRatio);
    compare(`${apps} apps: peak memory of --dry in MiB`, dry.peak, budget?.peakMiB);
    compare(`${apps} apps: CPU of --dry with five labels an app to that without`, labelled.ratio, budgets.labelled);
    for (const [stage, time] of apps < 1000 ? [] : Object.entries(stages)) {
      compare(
        `${apps} apps: time of "${stage}" to JSON.parse`,
        time / (stages['JSON.parse'] ?? Number.NaN),
        budgets.stages[stage],
      );
    }
  }
  compare('CPU of --dry with 10,000 apps to that with 1,000', growth(measured) ?? 0, budgets.growth);
  return over;
}

/** CPU of `--dry` with 10,000 apps to that with 1,000; undefined where one of them was not measured. */
export function growth(measured: readonly Measured[]): number | undefined {
  const cpu = (apps: number) => measured.find((one) => one.apps === apps)?.dry.cpu;
  const [small, large] = [cpu(1000), cpu(10_000)];
  return small === undefined || large === undefined ? undefined : large / small;
}
