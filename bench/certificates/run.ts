/**
 * Measures a folder of many certificates (`--cert-store`) on a real HAProxy: start, memory, and how long a renewal takes until a handshake gets it.
 * Options: `--count 10000`, `--rounds 30`, `--haproxy /opt/haproxy-3.4/haproxy`.
 */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { issue, type Issued } from '../../test/support/certificates/issue.ts';
import { servedFor } from '../../test/support/certificates/served.ts';
import { app } from '../../test/support/marathon/apps.ts';
import { startStack } from '../../test/support/program/stack.ts';
import { median } from '../median.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '30' },
    haproxy: { type: 'string' },
  },
});
const [count, rounds] = [Number(values.count), Number(values.rounds)];
const hostOf = (at: number): string => `h${at}.test`;
const store = await mkdtemp(join(tmpdir(), 'mlb-bench-certs-'));
try {
  console.error(`making ${count} certificates`);
  for (let at = 0; at < count; at += 1) await put(hostOf(at), await issue([hostOf(at)]));
  console.error(
    `node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load: ${(loadavg()[0] ?? 0).toFixed(1)}`,
  );
  const begin = performance.now();
  await using stack = await startStack({
    ...(values.haproxy !== undefined && { haproxy: values.haproxy }),
    apps: ({ service }) => [app('/shop', service[0] ?? 0, { HAPROXY_0_VHOST: 'h0.test' })],
    args: () => ['--cert-store', `dir:${store}`, '--reload-interval', '60'],
  });
  const { https } = stack.ports;
  const served = (host: string): Promise<string> => servedFor(https, host).catch(() => '');
  const last = await fingerprintIn(join(store, `${hostOf(count - 1)}.pem`));
  while ((await served(hostOf(count - 1))) !== last) await sleep(100);
  const start = performance.now() - begin;
  await stack.daemon.until(/ connected\b.*: /);
  await sleep(3000);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const host = hostOf(Math.floor((round * count) / rounds));
    const renewed = await issue([host]);
    const wanted = fingerprintOf(renewed.certificate);
    const from = performance.now();
    await put(host, renewed);
    while ((await served(host)) !== wanted) await sleep(1);
    times.push(performance.now() - from);
    await sleep(200);
  }
  const rows = [
    ['certificates', String(count)],
    ['start until the last one is served', `${(start / 1000).toFixed(1)} s`],
    ['memory of the program', await memoryOf(stack.daemon.pid)],
    ['renewal until a handshake gets it, median', `${median(times).toFixed(0)} ms`],
    ['renewal, slowest', `${Math.max(...times).toFixed(0)} ms`],
    ['reloads after the start', String((stack.daemon.text().match(/HAProxy reloaded/g)?.length ?? 1) - 1)],
  ];
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
} finally {
  await rm(store, { recursive: true, force: true });
}

async function put(host: string, { pem }: Issued): Promise<void> {
  await writeFile(join(store, `.${host}`), pem);
  await rename(join(store, `.${host}`), join(store, `${host}.pem`));
}

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(':', '');
}

async function fingerprintIn(path: string): Promise<string> {
  return fingerprintOf(await readFile(path, 'utf8'));
}

async function memoryOf(pid: number): Promise<string> {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return `${Math.round(Number(kilobytes) / 1024)} MB`;
}
