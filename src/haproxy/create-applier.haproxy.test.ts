import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { documentOf, service } from '../../test/support/rendering/documents.ts';
import { HAPROXIES } from '../../test/support/haproxy/haproxies.ts';
import { reservedPort } from '../../test/support/network/port-block.ts';
import { type ReloadRateLimit, type ReloadMarker, createReloadRateLimit, createReloadMarker } from './reload/pending-reload.ts';
import { type Logger, silent } from '../log/logger.ts';
import { type ConfigDocument, print } from '../render/document.ts';
import { createApplier } from './create-applier.ts';
import { HaproxyError } from './error.ts';
import type { HaproxyProcess } from './process/processes.ts';
import { startHaproxy, startTasks } from '../../test/support/haproxy/live-haproxy.ts';

let folder = '';
let config = '';
let port = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-apply-'));
  config = join(folder, 'haproxy.cfg');
  port = await reservedPort();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const signal = AbortSignal.timeout(600_000);
const bad = () => documentOf([service(1, { SERVER: ' weird' })], folder, port);
const good = (...ids: number[]) =>
  documentOf(
    ids.map((id) => service(id)),
    folder,
    port,
  );
const onDisk = () => readFile(config, 'utf8').catch(() => undefined);

function create(
  binary = '/usr/sbin/haproxy',
  more: {
    skipValidation?: boolean;
    log?: Logger;
    faults?: Error[];
    rateLimit?: ReloadRateLimit;
    marker?: ReloadMarker;
    isRunning?: boolean;
    processes?: readonly HaproxyProcess[];
  } = {},
) {
  const reloads: number[] = [];
  const asked: (number | undefined)[] = [];
  const settings = {
    config,
    maxReloadRetries: 0,
    reloadInterval: 1,
    archiveVersions: 2,
    skipValidation: more.skipValidation ?? false,
    skipConfigCleanup: false,
    binary,
    runtimeUpdates: false,
    drainTimeout: 1,
    reloadMinInterval: 0,
  };
  const reload = async (_signal: AbortSignal, retries?: number) => {
    asked.push(retries);
    const fault = more.faults?.shift();
    if (fault !== undefined) throw fault;
    return { attempts: reloads.push(1) };
  };
  return {
    reloads,
    asked,
    ...createApplier(settings, {
      log: more.log ?? silent,
      reload,
      now: () => new Date(0),
      rateLimit: more.rateLimit ?? createReloadRateLimit(0),
      ...(more.marker && { marker: more.marker }),
      wait: async () => {},
      processes: async () => more.processes ?? (more.isRunning === true ? [{ pid: process.pid, started: '1' }] : []),
    }),
  };
}

/** A document whose frontend looks hosts up in a map. */
function mapped(entries: readonly (readonly [string, string])[], spelled = folder): ConfigDocument {
  const doc = good(1);
  const rule = `frontend mapped\n  bind 127.0.0.1:${port}\n  use_backend %[req.hdr(host),lower,map(${spelled}/domain2backend.map)]\n`;
  return {
    sections: [...doc.sections, { kind: 'frontend', name: 'mapped', blocks: [{ text: rule }] }],
    files: [{ kind: 'map', name: 'domain2backend.map', entries }],
  };
}

describe.each(HAPROXIES)('with %s', (binary) => {
  test('a valid document goes live, the same again is nothing', async () => {
    const applier = create(binary);
    expect(await applier.apply(good(1), { signal, reasons: ['backend x is new'] })).toEqual({
      kind: 'reload',
      reasons: ['backend x is new'],
      attempts: 1,
    });
    expect(await onDisk()).toBe(print(good(1)));
    expect(await applier.apply(good(1), { signal })).toEqual({ kind: 'unchanged' });
    expect(applier.reloads).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['haproxy.cfg']);
  });

  test('an invalid one changes nothing and is kept for reading', async () => {
    const applier = create(binary);
    await applier.apply(good(1), { signal });
    const result = await applier.apply(bad(), { signal });
    expect(result).toMatchObject({
      kind: 'invalid',
      alerts: [{ proxies: ['app-1_10001'], message: expect.not.stringContaining('.new') }],
    });
    expect(await onDisk()).toBe(print(good(1)));
    expect(await readFile(join(folder, 'archive', 'haproxy.cfg.rejected'), 'utf8')).toBe(print(bad()));
    expect(await readdir(folder)).toEqual(['archive', 'haproxy.cfg']);
    expect(applier.reloads).toHaveLength(1);
  });

  test('a map that is not there yet is checked under its temporary name', async () => {
    const applier = create(binary);
    expect(await applier.check(mapped([['a.example.com', 'app-1_10001']]), signal)).toEqual([]);
    expect(await applier.check(mapped([['a.example.com', 'app-1_10001']], `${folder}/.`), signal)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    expect(await applier.apply(mapped([['a.example.com', 'app-1_10001']]), { signal })).toMatchObject({ kind: 'reload' });
    expect(await readFile(join(folder, 'domain2backend.map'), 'utf8')).toBe('a.example.com app-1_10001\n');
    expect(await onDisk()).toContain(`map(${folder}/domain2backend.map)`);
    expect(await applier.apply(mapped([['b.example.com', 'app-1_10001']]), { signal })).toMatchObject({ kind: 'reload' });
    expect(await applier.apply(mapped([['b.example.com', 'app-1_10001']]), { signal })).toEqual({ kind: 'unchanged' });
  });
});

test('left-over maps are emptied', async () => {
  await writeFile(join(folder, 'app2backend.map'), 'a b\n');
  const applier = create();
  await applier.apply(good(1), { signal });
  expect(await readFile(join(folder, 'app2backend.map'), 'utf8')).toBe('');
  expect(await applier.apply(good(1), { signal })).toEqual({ kind: 'unchanged' });
});

test('old versions are archived, as many as asked for', async () => {
  const applier = create();
  for (const id of [1, 2, 3, 4]) await applier.apply(good(id), { signal });
  const names = await readdir(join(folder, 'archive'));
  expect(names).toHaveLength(2);
  expect(await Promise.all(names.map((name) => readFile(join(folder, 'archive', name), 'utf8')))).toEqual([
    print(good(2)),
    print(good(3)),
  ]);
});

test('the log shows what changes', async () => {
  const lines: string[] = [];
  const applier = create(undefined, {
    log: { ...silent, debug: (line) => void (line.includes(' changes:') && lines.push(line)) },
  });
  await applier.apply(good(1), { signal });
  await applier.apply(good(1, 2), { signal });
  expect(lines.at(-1)).toContain(`+++ ${config}\n@@ `);
  expect(lines.at(-1)).toContain('\n+backend app-2_10002\n');
});

test('after a reload that failed the next call reloads, though the files are right', async () => {
  const fault = new HaproxyError('reload-refused', 'no', { retryable: true });
  const applier = create(undefined, { faults: [fault] });
  await expect(applier.apply(good(1), { signal })).rejects.toBe(fault);
  expect(await onDisk()).toBe(print(good(1)));
  expect(applier.hasPendingReload()).toBe(true);
  expect(await applier.apply(good(1), { signal })).toMatchObject({ kind: 'reload', reasons: ['the last reload failed'] });
  expect(applier.hasPendingReload()).toBe(false);
  expect(await applier.apply(good(1), { signal })).toEqual({ kind: 'unchanged' });
});

const fault = () => new HaproxyError('reload-refused', 'no', { retryable: true });
const mapText = () => readFile(join(folder, 'domain2backend.map'), 'utf8');

describe('where HAProxy ran before', () => {
  test('a reload that failed leaves the files that it ran with, and reloads once with them', async () => {
    const faults: Error[] = [];
    const applier = create(undefined, { faults, isRunning: true });
    await applier.apply(mapped([['a', 'app-1_10001']]), { signal });
    const before = [await onDisk(), await mapText()];
    faults.push(fault());
    await expect(applier.apply(good(2), { signal })).rejects.toMatchObject({ code: 'reload-refused' });
    expect([await onDisk(), await mapText()]).toEqual(before);
    expect(applier.asked).toEqual([undefined, undefined, 0]);
    // It runs what is on disk.
    expect(applier.hasPendingReload()).toBe(false);
    expect(await applier.apply(good(2), { signal })).toMatchObject({ kind: 'reload' });
    expect(await onDisk()).toBe(print(good(2)));
  });

  test('where that fails too, a reload is owed', async () => {
    const faults: Error[] = [];
    const applier = create(undefined, { faults, isRunning: true });
    await applier.apply(good(1), { signal });
    faults.push(fault(), fault());
    await expect(applier.apply(good(2), { signal })).rejects.toMatchObject({ code: 'reload-refused' });
    expect(await onDisk()).toBe(print(good(1)));
    expect(applier.hasPendingReload()).toBe(true);
    expect(await applier.apply(good(1), { signal })).toMatchObject({ kind: 'reload', reasons: ['the last reload failed'] });
  });

  test('an address of another machine is refused like any other fault', async () => {
    const applier = create(undefined, { isRunning: true });
    const foreign = documentOf([service(1, {})], folder, port);
    const section = {
      kind: 'frontend',
      name: 'foreign',
      blocks: [{ text: 'frontend foreign\n  bind 203.0.113.9:10001\n' }],
    } as const;
    const doc = { ...foreign, sections: [...foreign.sections, section] };
    const line =
      print(doc)
        .split('\n')
        .findIndex((each) => each.includes('203.0.113.9')) + 1;
    expect(await applier.check(doc, signal)).toMatchObject([{ line, message: expect.stringContaining('203.0.113.9:10001') }]);
  });
});

const marker = () => createReloadMarker({ folder: join(folder, 'state'), config, log: silent });

test('a reload that failed is not forgotten by the next program', async () => {
  const fault = new HaproxyError('reload-refused', 'no', { retryable: true });
  await expect(create(undefined, { faults: [fault], marker: marker() }).apply(good(1), { signal })).rejects.toBe(fault);
  const next = create(undefined, { marker: marker() });
  expect(next.hasPendingReload()).toBe(true);
  expect(await next.apply(good(1), { signal })).toMatchObject({ kind: 'reload', reasons: ['the last reload failed'] });
  expect(await create(undefined, { marker: marker() }).apply(good(1), { signal })).toEqual({ kind: 'unchanged' });
});

test('force reloads without a change, skipValidation and checked ask nobody', async () => {
  const applier = create('/no/haproxy', { skipValidation: true });
  expect(await applier.apply(bad(), { signal })).toMatchObject({ kind: 'reload' });
  expect(await applier.apply(bad(), { signal, force: true })).toMatchObject({ kind: 'reload', reasons: ['asked for'] });
  expect(await create('/no/haproxy').apply(good(1), { signal, checked: true })).toMatchObject({ kind: 'reload' });
  await expect(create('/no/haproxy').apply(good(2), { signal })).rejects.toMatchObject({ code: 'haproxy-missing' });
  expect(await onDisk()).toBe(print(good(1)));
});

test('what is on disk is checked and reloaded without a document', async () => {
  const applier = create();
  await applier.apply(good(1), { signal });
  expect(await applier.reloadOnDisk(signal)).toMatchObject({ kind: 'reload', reasons: ['asked for'] });
  await writeFile(config, 'nonsense\n');
  expect(await applier.reloadOnDisk(signal)).toMatchObject({ kind: 'invalid' });
  expect(applier.reloads).toHaveLength(2);
});

test('what is on disk is not reloaded where it needs a port of another program', async () => {
  // This process has the port; another one stands in for HAProxy.
  const applier = create(undefined, { processes: [{ pid: process.ppid, started: '1' }] });
  await applier.apply(good(1), { signal });
  const other = createServer();
  const taken = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  await writeFile(config, print(good(1)).replace(`127.0.0.1:${port}`, `127.0.0.1:${taken}`));
  expect(await applier.reloadOnDisk(signal)).toMatchObject({
    kind: 'invalid',
    alerts: [{ message: expect.stringContaining(`port ${taken} is held by another program (pid ${process.pid}`) }],
  });
  await new Promise((resolve) => other.close(resolve));
  expect(await applier.reloadOnDisk(signal)).toMatchObject({ kind: 'reload' });
});

test('says when the next reload may begin; what needs none takes no turn', async () => {
  let now = 0;
  const applier = create(undefined, { rateLimit: createReloadRateLimit(2, () => now) });
  await applier.apply(good(1), { signal });
  expect(applier.reloadAllowedIn()).toBe(2000);
  now = 1500;
  expect(await applier.apply(good(1), { signal })).toEqual({ kind: 'unchanged' });
  expect(applier.reloadAllowedIn()).toBe(500);
  now = 2000;
  expect(applier.reloadAllowedIn()).toBe(0);
});

test('without a runtime every change is a reload, for the reasons of the plan', async () => {
  const applier = create();
  const plan = { kind: 'runtime', ops: [], reasons: ['servers of backend x changed'], changes: [] } as const;
  expect(await applier.change(good(1), plan, signal)).toEqual({ kind: 'refused', reasons: plan.reasons });
  expect(await applier.reconcile(good(1), signal)).toEqual({ kind: 'unchanged' });
});

describe.each(HAPROXIES)('createLiveApplier with %s', (binary) => {
  it.each([true, false])('has reloaded when the new worker answers; with changes at run time: %s', async (runtimeUpdates) => {
    await using tasks = await startTasks(1);
    const [port = 0] = tasks.ports;
    await using haproxy = await startHaproxy(binary, { runtimeUpdates });
    await haproxy.bring(haproxy.doc([['a', port]]));
    // From 3.1 on it is the worker that reads the configuration: it is there long before it serves.
    const long = Array.from({ length: 20_000 }, (_, at) => `  acl a path_reg ^/(a|b)+${at}$\n`).join('');
    const pid = async (): Promise<string | undefined> => /^Pid: (\d+)/m.exec(await haproxy.ask('show info'))?.[1];
    for (const name of ['b', 'c']) {
      const before = await pid();
      await haproxy.bring(haproxy.doc([['a', port]], { backend: `  balance roundrobin\n  # ${name}\n${long}` }));
      expect(await pid()).not.toBe(before);
    }
    expect(haproxy.reloads()).toBe(3);
  });
});
