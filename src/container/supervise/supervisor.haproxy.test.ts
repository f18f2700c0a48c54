import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reservedPort } from '../../../test/support/network/port-block.ts';
import { findProcesses } from '../../haproxy/process/processes.ts';
import { silent } from '../../log/logger.ts';
import { startSupervisor } from './supervisor.ts';

/** A supervised HAProxy whose starts can be held up, with a count of reloads. */
async function startSupervised() {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-supervisor-'));
  const at = (name: string): string => join(folder, name);
  const config = at('haproxy.cfg');
  await writeFile(config, `defaults\n  mode http\n  timeout client 1s\nfrontend f\n  bind 127.0.0.1:${await reservedPort()}\n`);
  const hold = `echo >> ${at('starts')}; while [ -e ${at('hold')} ]; do sleep 0.02; done`;
  await writeFile(at('haproxy'), `#!/bin/sh\n${hold}\nexec /usr/sbin/haproxy "$@"\n`);
  await chmod(at('haproxy'), 0o755);
  let reloads = 0;
  const ended: string[] = [];
  let atEnd: (() => void) | undefined;
  const note = (text: string): void => {
    ended.push(text);
    queueMicrotask(() => atEnd?.());
  };
  const supervisor = await startSupervisor(
    { binary: at('haproxy'), config, masterSocket: at('master.sock'), grace: 100, hurry: new AbortController().signal },
    {
      log: { ...silent, error: note },
      reload: async () => ({ attempts: (reloads += 1) }),
      repair: async () => {},
      leaveOutServices: async () => {},
      writePending: async () => {},
      restarted: () => {},
    },
  );
  const over = new AbortController();
  const running = supervisor.run(over.signal);
  return {
    reload: () => supervisor.reload(over.signal),
    reloads: () => reloads,
    hold: () => writeFile(at('hold'), ''),
    letGo: () => rm(at('hold')),
    starts: async () => (await readFile(at('starts'), 'utf8')).length,
    /** Kills it and waits until that is known; `then` runs before the next start begins. */
    async kill(then?: () => void) {
      atEnd = then;
      const before = ended.length;
      const pids = (await findProcesses(config)).map(({ pid }) => pid);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await expect.poll(() => ended.length).toBe(before + 1);
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await running;
      await supervisor[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

test('a reload that is asked for while HAProxy starts comes after the start: it may have read the files before', async () => {
  await using haproxy = await startSupervised();
  await haproxy.hold();
  await haproxy.kill();
  await expect.poll(() => haproxy.starts()).toBe(2);
  const reloaded = haproxy.reload();
  await haproxy.letGo();
  await reloaded;
  expect(haproxy.reloads()).toBe(1);
});

test('a reload that is asked for before HAProxy starts is done with the start', async () => {
  await using haproxy = await startSupervised();
  let reloaded: Promise<unknown> | undefined;
  await haproxy.kill(() => {
    reloaded = haproxy.reload();
  });
  await reloaded;
  expect(await haproxy.starts()).toBe(2);
  expect(haproxy.reloads()).toBe(0);
});
