/**
 * Loaded into a measured process with `--import`: writes what the process has used to file descriptor 3 when it ends. Peak memory is Linux's own
 * `VmHWM`, as `maxRSS` counts the parent's memory at the time of the fork.
 */
import { readFileSync, writeSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, peak: (highWater() ?? maxRSS) / 1024 }));
});

/** Kilobytes; undefined on other systems than Linux. */
function highWater(): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
