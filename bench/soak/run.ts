/** All kinds of trouble under load: `--minutes 10` (the default), `--seed 1`; `--grace 3`: seconds that a killed task serves. Exit status 1: something went wrong. */
import { parseArgs } from 'node:util';
import { soak } from '../../test/support/soak/soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    grace: { type: 'string', default: '3' },
  },
});
const { turns, reloads, requests, retried, failures, memory } = await soak({
  seconds: Number(values.minutes) * 60,
  seed: Number(values.seed),
  grace: Number(values.grace) * 1000,
});
const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
console.log('turns:', turns);
console.log(`reloads: ${reloads}; no stale server, no old worker`);
console.log(`requests: ${requests}, of which ${retried} sent once more on a fresh connection, ${failed} failed`);
console.log(`memory of the program: ${memory.early.toFixed(0)} MiB after a quarter, ${memory.late.toFixed(0)} MiB at the end`);
if (failed > 0) console.error('failures:', Object.fromEntries(failures));
const isGrown = memory.late > memory.early * 1.2 + 10;
if (isGrown) console.error('the memory of the program grows');
if (failed > 0 || isGrown) process.exitCode = 1;
