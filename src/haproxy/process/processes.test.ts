import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configsOf, findProcesses, oldWorkers } from './processes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-processes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['haproxy -f /etc/h.cfg', ['/etc/h.cfg']],
  ['/usr/sbin/haproxy -W -db -f a -f b -sf 12', ['a', 'b']],
  ['/x/ld-linux-x86-64.so.2 --argv0 /opt/haproxy-3.0/haproxy --library-path /x /opt/root/haproxy -f a', ['a']],
  ['haproxy -c -f a', []],
  ['vim -f /etc/haproxy/haproxy.cfg', []],
  ['sudo haproxy -f a', []],
  ['haproxy', []],
  ['', []],
])('%s', (line, files) => expect(configsOf(line.split(' '))).toEqual(files));

test('finds those with this file, by any of its names, and no others', async () => {
  await writeFile(join(folder, 'real.cfg'), '');
  await symlink(join(folder, 'real.cfg'), join(folder, 'link.cfg'));
  await process(10, ['haproxy', '-f', join(folder, 'link.cfg')], 'haproxy) (odd');
  await process(11, ['haproxy', '-f', 'real.cfg']);
  await process(12, ['haproxy', '-f', join(folder, 'other.cfg')]);
  await process(13, ['node', 'x']);
  await process(14, ['haproxy', '-f', folder]);
  await process(15, ['haproxy', '-f', tmpdir()]);
  await mkdir(join(folder, 'proc', 'self'));
  const found = await findProcesses(join(folder, 'real.cfg'), join(folder, 'proc'));
  expect(found.toSorted((a, b) => a.pid - b.pid)).toEqual([
    { pid: 10, started: '5010', parent: 1 },
    { pid: 11, started: '5011', parent: 1 },
    // A folder: HAProxy reads its files `*.cfg`.
    { pid: 14, started: '5014', parent: 1 },
  ]);
});

test('nothing is found where there is no /proc', async () => expect(await findProcesses('x', join(folder, 'none'))).toEqual([]));

async function process(pid: number, argv: string[], name = 'haproxy'): Promise<void> {
  const proc = join(folder, 'proc', String(pid));
  await mkdir(proc, { recursive: true });
  await writeFile(join(proc, 'cmdline'), argv.map((word) => `${word}\0`).join(''));
  const fields = Array.from({ length: 30 }, (_, at) => (at === 19 ? String(5000 + pid) : at === 1 ? '1' : '0'));
  await writeFile(join(proc, 'stat'), `${pid} (${name}) ${fields.join(' ')}\n`);
  await symlink(folder, join(proc, 'cwd'));
}

const processOf = (pid: number, parent: number) => ({ pid, parent, started: '1' });

test.each([
  ['none', [], 0],
  ['a master and its worker', [processOf(1, 0), processOf(2, 1)], 0],
  ['two reloads while connections last', [processOf(1, 0), processOf(2, 1), processOf(3, 1), processOf(4, 1)], 2],
  ['without a master', [processOf(5, 1), processOf(6, 1)], 1],
])('oldWorkers: %s', (_, processes, count) => expect(oldWorkers(processes)).toBe(count));
