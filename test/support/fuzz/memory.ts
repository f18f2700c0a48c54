import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Begins to measure; the function returns by how many bytes the memory of this process was higher since then, at most. Returns 0 where the system does not tell. */
export function measureMemory(): () => number {
  collect();
  const before = process.memoryUsage.rss();
  const isReset = resetHighest();
  return () => (isReset ? Math.max(0, highest() - before) : 0);
}

/** Returns how many bytes of JavaScript objects are in use. */
export function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Linux only. */
function resetHighest(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function highest(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
