import type { Churn } from './churn.ts';
import type { Scaling } from './scaling.ts';

/** All that was measured. */
export interface Measured {
  readonly scalings: readonly Scaling[];
  readonly churn: Churn;
  /** Milliseconds until the others are served: with one bad app among 200, and without. */
  readonly mistake: { readonly bad: number; readonly good: number };
}

/** The shape of budgets.json. */
export interface Budgets {
  /** Milliseconds, by number of apps. */
  readonly firstAnswer: Readonly<Record<string, number>>;
  readonly bytesPerEvent: number;
  /** Milliseconds. */
  readonly cpuPerEvent: number;
  readonly reloads: number;
  readonly failures: number;
  /** Milliseconds. */
  readonly othersServed: number;
}

/** A sentence for each budget that is exceeded. */
export function check({ scalings, churn, mistake }: Measured, budgets: Budgets): string[] {
  const over: string[] = [];
  const compare = (what: string, value: number, budget: number | undefined): void => {
    if (budget !== undefined && !(value <= budget)) over.push(`${what}: ${value.toFixed(1)}, at most ${budget}`);
  };
  for (const { apps, firstAnswer, bytes, cpu } of scalings) {
    compare(`${apps} apps, milliseconds to the first answer`, firstAnswer, budgets.firstAnswer[apps]);
    if (apps > 1000) continue;
    compare(`${apps} apps, bytes from Marathon by event`, bytes, budgets.bytesPerEvent);
    compare(`${apps} apps, milliseconds of CPU by event`, cpu, budgets.cpuPerEvent);
  }
  compare('reloads while an app is scaled', churn.reloads, budgets.reloads);
  compare('failed requests meanwhile', countOf(churn), budgets.failures);
  compare('milliseconds until the others are served beside a bad app', mistake.bad, budgets.othersServed);
  return over;
}

/** Failed requests in all. */
export function countOf({ failures }: Churn): number {
  return [...failures.values()].reduce((sum, count) => sum + count, 0);
}
