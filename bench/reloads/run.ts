/**
 * Measures what reloads do to connections that clients keep, by what HAProxy is told to do with them: the table of docs/performance.md.
 * Options: `--quick` (one round), `--haproxy PATH` (several times; default: all that are installed), `--reloads 20`.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { portAnswers } from '../../src/lib/process/port-open.ts';
import { startMaster } from '../../src/haproxy/process/master.ts';
import { silent } from '../../src/log/logger.ts';
import { HAPROXIES } from '../../test/support/haproxy/haproxies.ts';
import { reservedPort } from '../../test/support/network/port-block.ts';
import { type LoadResult, startLoad } from '../../test/support/network/load.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    haproxy: { type: 'string', multiple: true },
    reloads: { type: 'string', default: '20' },
  },
});
const binaries = values.haproxy ?? HAPROXIES;
const rounds = values.quick ? 1 : 3;

interface Variant {
  readonly name: string;
  readonly global?: string;
  readonly defaults?: string;
}

const variants: readonly Variant[] = [
  { name: 'as it is' },
  { name: 'idle-close-on-response', defaults: '  option idle-close-on-response\n' },
  { name: 'close-spread-time 1s', global: '  close-spread-time 1s\n' },
  { name: 'close-spread-time 5s', global: '  close-spread-time 5s\n' },
  { name: 'both, 1s', global: '  close-spread-time 1s\n', defaults: '  option idle-close-on-response\n' },
  { name: 'hard-stop-after 2s', global: '  hard-stop-after 2s\n' },
  {
    name: 'idle-close-on-response, hard-stop-after 2s',
    global: '  hard-stop-after 2s\n',
    defaults: '  option idle-close-on-response\n',
  },
];

/** What the default HEAD has, as far as it is about connections. */
function configOf({ global = '', defaults = '' }: Variant, port: number, task: number, folder: string): string {
  return `global
  maxconn 2000
${global}  stats socket ${folder}/haproxy.sock mode 600 level admin expose-fd listeners
defaults
  mode http
  retries 3
  timeout connect 3s
  timeout client 30s
  timeout server 30s
  timeout http-keep-alive 1s
  timeout http-request 15s
  option redispatch
  option http-server-close
${defaults}frontend one
  bind 127.0.0.1:${port}
  default_backend tasks
backend tasks
  server task 127.0.0.1:${task}
`;
}

/** Clients that ask while HAProxy is reloaded again and again. */
async function measure(binary: string, variant: Variant, task: number): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-reloads-'));
  try {
    const config = join(folder, 'haproxy.cfg');
    const port = await reservedPort();
    await writeFile(config, configOf(variant, port, task, folder));
    await using master = await startMaster({ binary, config, grace: 300 }, () => portAnswers(port), silent);
    const load = startLoad({ port, hosts: ['one.test'], pairs: 40, pause: 10, isRetried: true });
    const workers = new Set(await childrenOf(master.pid));
    for (let reload = 0; reload < Number(values.reloads); reload += 1) {
      await sleep(500);
      process.kill(master.pid, 'SIGUSR2');
      // On a busy machine a reload lasts longer; one that begins before the last has ended is another matter.
      await untilReloaded(master.pid, workers);
    }
    await sleep(500);
    return await load.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits until the master has a worker that it did not have before. */
async function untilReloaded(master: number, known: Set<string>): Promise<void> {
  for (;;) {
    const fresh = (await childrenOf(master)).filter((pid) => !known.has(pid));
    for (const pid of fresh) known.add(pid);
    if (fresh.length > 0) return;
    await sleep(20);
  }
}

async function childrenOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter((child) => child !== '');
}

const server = createServer((_, response) => response.end('one'));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const task = (server.address() as AddressInfo).port;
const begun = loadavg()[0] ?? 0;
for (const binary of binaries) {
  const sums = variants.map(({ name }) => ({ name, requests: 0, lost: 0, failed: 0 }));
  // In turn, so that what else the machine does meets all of them.
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, variant] of variants.entries()) {
      const { requests, retried, failures } = await measure(binary, variant, task);
      const sum = sums[at];
      if (sum === undefined) continue;
      sum.requests += requests;
      sum.lost += retried;
      sum.failed += [...failures.values()].reduce((all, count) => all + count, 0);
      for (const [what, count] of failures) console.error(`${binary}, ${variant.name}: ${count} times ${what}`);
    }
  }
  console.log(`${binary}, ${rounds} times ${values.reloads} reloads`);
  console.table(sums);
}
console.log(`load average ${begun.toFixed(1)} at the beginning, ${(loadavg()[0] ?? 0).toFixed(1)} at the end`);
server.close();
