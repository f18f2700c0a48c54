/**
 * Returns the milliseconds of CPU that `work` took in this process; other programs of the machine do not count. Only for limits far
 * above what is needed, which an algorithm that goes through all pairs would break.
 */
export function cpuTime(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  return process.cpuUsage(began).user / 1000;
}
