import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { head } from '../../../test/support/rendering/documents.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { reservedPort } from '../../../test/support/network/port-block.ts';
import { portAnswers } from '../../lib/process/port-open.ts';
import type { Logger } from '../../log/logger.ts';
import { silent } from '../../log/logger.ts';
import { printSection } from '../../render/document.ts';
import type { HaproxyProcess } from '../process/processes.ts';
import { findProcesses } from '../process/processes.ts';
import { createReload } from './reload.ts';

let folder = '';
let config = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-reload-'));
  config = join(folder, 'haproxy.cfg');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const signal = () => AbortSignal.timeout(15_000);
const settings = (command: string | undefined, more = {}) => ({
  config,
  command,
  maxReloadRetries: 2,
  reloadInterval: 0,
  ...more,
});
const counting = (then: string) => `sh -c 'echo x >> ${folder}/runs; ${then}'`;
const runs = async () => (await readFile(join(folder, 'runs'), 'utf8').catch(() => '')).length / 2;

/** Time that passes only while something waits. */
function virtualTime() {
  let now = 0;
  return { clock: () => now, wait: async (ms: number) => (now += ms) };
}

/** A process table that shows one state a look, the last one for ever. */
function table(...looks: readonly (readonly number[])[]) {
  let at = -1;
  return async (): Promise<readonly HaproxyProcess[]> => {
    at = Math.min(at + 1, looks.length - 1);
    return (looks[at] ?? []).map((pid) => ({ pid, started: '1' }));
  };
}

/** A runtime socket where another process answers after some times. */
function answering(first: number, times: number, then: number) {
  let asked = 0;
  return async (): Promise<string> => `Pid: ${(asked += 1) > times ? then : first}\nUptime_sec: 1\n`;
}

function recorder(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  return { ...silent, lines, warn: (line) => lines.push(line) };
}

describe('where no HAProxy with this configuration ran, the exit status decides', () => {
  const processes = table([]);

  test('0', async () => {
    expect(await createReload(settings(counting('true')), { log: silent, processes })(signal())).toEqual({ attempts: 1 });
  });

  test('retries up to the limit, then an error with the output', async () => {
    const reload = createReload(settings(counting('echo no such unit >&2; exit 3')), { log: silent, processes });
    await expect(reload(signal())).rejects.toMatchObject({
      code: 'reload-failed',
      retryable: true,
      message: expect.stringMatching(/`sh` was tried 3 times; the command ended with status 3: no such unit.*--command/),
    });
    expect(await runs()).toBe(3);
  });

  test('0 retries is one attempt', async () => {
    const reload = createReload(settings(counting('exit 1'), { maxReloadRetries: 0 }), { log: silent, processes });
    await expect(reload(signal())).rejects.toMatchObject({ code: 'reload-failed' });
    expect(await runs()).toBe(1);
  });

  test('-1 retries for ever, with the interval between, until it goes well', async () => {
    const waits: number[] = [];
    const reload = createReload(
      settings(counting(`test $(wc -l < ${folder}/runs) -ge 6`), { maxReloadRetries: -1, reloadInterval: 10 }),
      {
        log: silent,
        processes,
        wait: async (ms) => waits.push(ms),
      },
    );
    expect(await reload(signal())).toEqual({ attempts: 6 });
    expect(waits).toEqual(Array.from({ length: 5 }, () => 10_000));
  });

  test('once it went well, a later one is tried once, as the next pass tries again', async () => {
    const reload = createReload(settings(counting(`test $(wc -l < ${folder}/runs) -eq 2`)), {
      log: silent,
      processes,
      ...virtualTime(),
    });
    expect(await reload(signal())).toEqual({ attempts: 2 });
    await expect(reload(signal())).rejects.toMatchObject({ code: 'reload-failed' });
    expect(await runs()).toBe(3);
  });

  test('an abort ends the retries', async () => {
    const reload = createReload(settings('false', { maxReloadRetries: -1, reloadInterval: 100 }), { log: silent, processes });
    await expect(reload(AbortSignal.timeout(100))).rejects.toMatchObject({
      name: expect.stringMatching(/AbortError|TimeoutError/),
    });
  });
});

describe('where one ran, a new process decides', () => {
  test('it comes after some looks', async () => {
    const processes = table([1], [1], [1], [1, 2]);
    const reload = createReload(settings(counting('true'), { reloadInterval: 10 }), { log: silent, processes, ...virtualTime() });
    expect(await reload(signal())).toEqual({ attempts: 1 });
    expect(await runs()).toBe(1);
  });

  test('a number that is used again is another process', async () => {
    let look = 0;
    const processes = async () => [{ pid: 1, started: String((look += 1) > 1) }];
    expect(await createReload(settings('true'), { log: silent, processes, ...virtualTime() })(signal())).toEqual({ attempts: 1 });
  });

  test('it never comes: retries, then an error', async () => {
    const reload = createReload(settings(counting('true'), { reloadInterval: 10 }), {
      log: silent,
      processes: table([1]),
      ...virtualTime(),
    });
    await expect(reload(signal())).rejects.toMatchObject({
      code: 'reload-refused',
      message: expect.stringContaining('no new HAProxy process'),
    });
    expect(await runs()).toBe(3);
  });

  test('where the old process answered on the runtime socket, the new one must answer, however long it lives', async () => {
    await writeFile(config, `global\n  stats socket ${folder}/s.sock level admin\n`);
    const living = [[1], ...Array.from({ length: 40 }, () => [1, 2])];
    const deps = (last: number) => ({
      log: silent,
      processes: table(...living, [1]),
      ...virtualTime(),
      ask: answering(1, 30, last),
    });
    const once = settings('true', { maxReloadRetries: 0 });
    expect(await createReload(once, deps(2))(signal())).toEqual({ attempts: 1 });
    await expect(createReload(once, deps(1))(signal())).rejects.toMatchObject({ code: 'reload-refused' });
  });

  test('one that dies at its start does not count', async () => {
    const processes = table([1], [1, 2], [1], [1]);
    const reload = createReload(settings('true', { maxReloadRetries: 0 }), { log: silent, processes, ...virtualTime() });
    await expect(reload(signal())).rejects.toMatchObject({ code: 'reload-refused' });
  });
});

test('a command that cannot be run, and one that is no command', async () => {
  await expect(createReload(settings('/no/such/program x'), { log: silent })(signal())).rejects.toMatchObject({
    code: 'command-missing',
    message: expect.stringMatching(/\/no\/such\/program.*no such program.*--command/),
  });
  // Said before Marathon is asked.
  expect(() => createReload(settings(`sh -c 'x`), { log: silent })).toThrow(/--command cannot be split into words/);
});

test('a command that leaves a process behind with its output open is not waited for', async () => {
  const reload = createReload(settings(`sh -c 'sleep 30 & echo $! > ${folder}/pid'`), { log: silent, processes: table([]) });
  expect(await reload(AbortSignal.timeout(5000))).toEqual({ attempts: 1 });
  process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')));
});

test('without a command the init system reloads; none: said once', async () => {
  const log = recorder();
  const words = ['sh', '-c', `echo x >> ${folder}/runs`];
  const usual = settings(undefined, { config: '/etc/haproxy/haproxy.cfg' });
  const found = createReload(usual, {
    log,
    processes: table([]),
    initReload: async () => ({ name: 'SysV', words }),
  });
  expect(await found(signal())).toEqual({ attempts: 1 });
  expect(await runs()).toBe(1);
  const none = createReload(usual, { log, initReload: async () => undefined });
  expect([await none(signal()), await none(signal())]).toEqual([{ attempts: 0 }, { attempts: 0 }]);
  expect(log.lines).toEqual([expect.stringContaining('HAProxy is not reloaded')]);
});

test('the init system is left alone where its HAProxy is another one', async () => {
  const log = recorder();
  const words = ['sh', '-c', `echo x >> ${folder}/runs`];
  const reload = createReload(settings(undefined), { log, initReload: async () => ({ name: 'SysV', words }) });
  expect([await reload(signal()), await reload(signal())]).toEqual([{ attempts: 0 }, { attempts: 0 }]);
  expect(await runs()).toBe(0);
  expect(log.lines).toEqual([expect.stringMatching(/not of \/.*haproxy\.cfg; say with --command or --master-socket/)]);
});

describe.each(HAPROXIES)('with %s in master-worker mode', (binary) => {
  test('a reload is done when the new worker is there; one that does nothing fails', async () => {
    const port = await reservedPort();
    await writeFile(config, `${printSection(head(folder))}frontend f\n  bind 127.0.0.1:${port}\n`);
    const master = spawn(binary, ['-W', '-f', config], { stdio: 'ignore' });
    const ended = new Promise((resolve) => master.once('exit', resolve));
    try {
      await expect.poll(() => portAnswers(port)).toBe(true);
      const before = await findProcesses(config);
      const reload = createReload(settings(`sh -c 'kill -USR2 ${master.pid}'`, { reloadInterval: 5 }), { log: silent });
      expect(await reload(signal())).toEqual({ attempts: 1 });
      const pids = before.map((each) => each.pid);
      expect((await findProcesses(config)).some((each) => !pids.includes(each.pid))).toBe(true);
      await expect(createReload(settings('true', { maxReloadRetries: 0 }), { log: silent })(signal())).rejects.toMatchObject({
        code: 'reload-refused',
      });
    } finally {
      master.kill('SIGTERM');
      await ended;
    }
  });
});
