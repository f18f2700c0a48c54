import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisMachine } from '../../config/machine.ts';
import { NEVER } from '../../lib/async/signals.ts';
import { createRunningFile } from '../../engine/state/running.ts';
import { silent } from '../../log/logger.ts';
import { attach } from './attach.ts';
import { findRunning } from './find.ts';

let proc: string;
beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'mlb-proc-'));
  await spaces(join(proc, 'self'), 'mnt:[1]');
});
afterEach(() => rm(proc, { recursive: true }));

async function spaces(folder: string, mnt: string): Promise<void> {
  await mkdir(join(folder, 'ns'), { recursive: true });
  await symlink(mnt, join(folder, 'ns', 'mnt'));
  await symlink('net:[1]', join(folder, 'ns', 'net'));
}

async function process(
  pid: number,
  line: string,
  env: readonly string[] = ['PATH=/usr/bin:/usr/sbin'],
  { uid = 0, space = 'mnt:[1]' }: { readonly uid?: number; readonly space?: string } = {},
): Promise<void> {
  const folder = join(proc, String(pid));
  await mkdir(folder);
  await writeFile(join(folder, 'cmdline'), `${line.split(' ').join('\0')}\0`);
  await writeFile(join(folder, 'environ'), env.map((pair) => `${pair}\0`).join(''));
  await writeFile(join(folder, 'status'), `Name:\tnode\nUid:\t${uid}\t0\t0\t0\n`);
  await spaces(folder, space);
  await symlink('/srv', join(folder, 'cwd'));
}

async function attached(raw: Record<string, unknown> = {}) {
  return attach(raw, thisMachine({ PATH: '/usr/bin:/usr/sbin' }), NEVER, await findRunning(proc, { own: 1, uid: 1000 }));
}

test('finds what follows Marathon, and nothing else', async () => {
  await process(1, 'node /x/bin.js run');
  await process(2, 'node /x/dist/bin.js run sse --group a', ['A=b=c', 'D=']);
  await process(3, '/usr/bin/node --enable-source-maps /usr/bin/marathon-lb -m http://m --sse');
  await process(4, 'node /x/bin.js --group a --dry');
  await process(5, 'node /x/bin.js status');
  await process(6, 'haproxy -f /x');
  await process(7, 'node /x/other.js run');
  await process(8, 'npm exec marathon-lb run');
  expect(await findRunning(proc, { own: 1, uid: 1000 })).toEqual([
    { pid: 2, words: ['run', 'sse', '--group', 'a'], env: { A: 'b=c', D: '' }, cwd: '/srv' },
    { pid: 3, words: ['-m', 'http://m', '--sse'], env: { PATH: '/usr/bin:/usr/sbin' }, cwd: '/srv' },
  ]);
});

test('believes nothing that another user started, and leaves out what runs in a container', async () => {
  const evil = 'node /tmp/bin.js run --group a --haproxy-binary /tmp/evil';
  await process(2, evil, [], { uid: 65_534 });
  await process(3, 'node bin.js run --group a', [], { uid: 1000 });
  await process(4, 'node bin.js run --group b', [], { space: 'mnt:[2]' });
  expect((await findRunning(proc, { own: 1, uid: 1000 })).map(({ pid }) => pid)).toEqual([3]);
  expect((await findRunning(proc, { own: 1, uid: 0 })).map(({ pid }) => pid)).toEqual([]);
});

test('takes options, folder and credentials of the process; own options win', async () => {
  const env = ['PATH=/usr/bin:/usr/sbin', 'MARATHON_USER=joe', 'MARATHON_PASSWORD=hidden'];
  await process(2, 'node bin.js run poll --group a --marathon http://m:8080 --state-dir state --haproxy-config h.cfg', env);
  expect(await attached()).toMatchObject({
    pid: 2,
    mode: 'poll',
    settings: {
      marathon: { urls: ['http://m:8080'], auth: { kind: 'basic', user: 'joe' } },
      run: { stateDir: '/srv/state' },
      haproxy: { config: '/srv/h.cfg' },
    },
  });
  expect((await attached({ marathon: ['http://n'] }))?.settings.marathon.urls).toEqual(['http://n']);
});

test('knows the places that the process really uses', async () => {
  const state = await mkdtemp(join(tmpdir(), 'mlb-state-'));
  try {
    await process(2, `node bin.js run --group a --state-dir ${state}`);
    await using file = createRunningFile(state, silent);
    file.keep({ pid: 2, listen: undefined, config: `${state}/haproxy.cfg`, sslCerts: ['/own.pem'] });
    await file[Symbol.asyncDispose]();
    const settings = (await attached({ haproxyConfig: `${state}/haproxy.cfg` }))?.settings;
    expect(settings).toMatchObject({
      haproxy: { config: `${state}/haproxy.cfg` },
      render: { sslCerts: ['/own.pem'], haproxyDir: state },
    });
  } finally {
    await rm(state, { recursive: true });
  }
});

test('needs to know which of several is meant', async () => {
  await process(2, 'node bin.js --sse --group a --haproxy-config /a.cfg');
  await process(3, 'node bin.js --sse --group b --haproxy-config /b.cfg');
  await process(4, 'node bin.js --sse --group b --option-of-another-version');
  await expect(attached()).rejects.toThrow(
    'several load balancers run here (process 2 with /a.cfg, process 3 with /b.cfg): choose one with --haproxy-config',
  );
  expect((await attached({ haproxyConfig: '/b.cfg' }))?.settings.model.groups).toEqual(['b']);
  expect(await attached({ haproxyConfig: '/c.cfg' })).toBeUndefined();
});

test('says so if it may not look at the environment', async () => {
  await process(2, 'node bin.js --sse --group a');
  await rm(join(proc, '2', 'environ'));
  await expect(attached()).rejects.toThrow(/environment of the load balancer \(process 2\) cannot be read: run this as its user/);
});
