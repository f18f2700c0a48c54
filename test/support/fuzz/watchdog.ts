import { Worker } from 'node:worker_threads';

/** Ends the process if a case does not: a loop without an end leaves no time for a timeout of the test. */
export interface Watchdog extends Disposable {
  /** Notes that a case begins. */
  begin(): void;
  /** Notes that it is over. */
  end(): void;
}

/** `again`: the command that runs the case again; `limit`: milliseconds that a case may take. */
export function createWatchdog(again: string, limit = 60_000): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(SCRIPT, { eval: true, workerData: { shared, limit, again, pid: process.pid } });
  worker.unref();
  return {
    begin: () => {
      Atomics.add(shared, CASE, 1);
      Atomics.store(shared, IS_RUNNING, 1);
    },
    end: () => void Atomics.store(shared, IS_RUNNING, 0),
    [Symbol.dispose]: () => void worker.terminate(),
  };
}

const CASE = 0;
const IS_RUNNING = 1;

const SCRIPT = `
const { workerData: { shared, limit, again, pid } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let last = 0, since = performance.now();
setInterval(() => {
  const now = Atomics.load(shared, ${CASE});
  if (now !== last || Atomics.load(shared, ${IS_RUNNING}) === 0) [last, since] = [now, performance.now()];
  else if (performance.now() - since > limit) {
    writeSync(2, 'case ' + now + ' does not end within ' + limit / 1000 + ' s. Run it again: ' + again + '\\n');
    process.kill(pid, 'SIGKILL');
  }
}, limit / 10);
`;
