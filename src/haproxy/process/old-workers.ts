import type { HaproxyProcess } from './processes.ts';

/** How many of the processes are workers of earlier generations, which live until their last connection ends. */
export function oldWorkers(processes: readonly HaproxyProcess[]): number {
  const parents = new Set(processes.map((each) => each.parent));
  // A master is a parent of others; without master-worker mode there is none.
  const workers = processes.filter((each) => !parents.has(each.pid));
  return Math.max(0, workers.length - 1);
}
