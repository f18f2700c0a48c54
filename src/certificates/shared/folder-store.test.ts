import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderStore } from './folder-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlb-acme-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lockText = (): Promise<string> => readFile(join(folder, 'acme', 'lock.1'), 'utf8');
const clock = (): number => performance.now();
const store = (holder: string, lease = 60_000, now = clock) => createFolderStore(folder, { holder, lease, clock: now });

describe('documents', () => {
  it('are written for their owner only, and read by all', async () => {
    await store('a').write('acme/state.json', '{}');
    expect(await store('b').read('acme/state.json')).toBe('{}');
    expect((await stat(join(folder, 'acme/state.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'acme'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'acme'))).toEqual(['state.json']);
  });

  it('are missing or listed', async () => {
    expect(await store('a').read('none')).toBeUndefined();
    expect(await store('a').list('none')).toEqual([]);
    await store('a').write('one.pem', 'x');
    await store('a').write('acme/two.json', 'x');
    expect(await store('a').list('')).toEqual(['one.pem']);
    await store('a').remove('one.pem');
    expect(await store('a').list('')).toEqual([]);
  });

  it('are created by one of several', async () => {
    const made = await Promise.all(['a', 'b', 'c', 'd'].map((text) => store(text).create('acme/account.key', text)));
    expect(new Set(made).size).toBe(1);
    expect(await store('e').create('acme/account.key', 'e')).toBe(made[0]);
    expect(await readdir(join(folder, 'acme'))).toEqual(['account.key']);
  });

  it('leave nothing of programs that were killed', async () => {
    const old = join(folder, '.one.pem.dead.new');
    const young = join(folder, '.one.pem.alive.new');
    await writeFile(old, 'x');
    await writeFile(young, 'x');
    const hours = Date.now() / 1000 - 7200;
    await utimes(old, hours, hours);
    await store('a').write('one.pem', 'x');
    expect((await readdir(folder)).sort()).toEqual(['.one.pem.alive.new', 'one.pem']);
  });
});

describe('the lock', () => {
  it('is had by one of several', async () => {
    const leases = (await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => store(name).lock()))).filter(Boolean);
    expect(leases).toHaveLength(1);
    expect(await store('f').lock()).toBeUndefined();
    await leases[0]![Symbol.asyncDispose]();
    const next = await store('f').lock();
    expect(next?.lost.aborted).toBe(false);
    await next![Symbol.asyncDispose]();
  });

  it('is taken again at once by its holder, after a restart', async () => {
    const first = await store('a').lock();
    const again = await store('a').lock();
    expect(again).toBeDefined();
    await Promise.all([first, again].map((lease) => lease![Symbol.asyncDispose]()));
  });

  it('is taken over if it is not renewed as long as the lease', async () => {
    await using killed = await store('killed', 3_600_000).lock();
    expect(killed).toBeDefined();
    let now = 0;
    const other = store('b', 30_000, () => now);
    expect(await other.lock()).toBeUndefined();
    now = 29_999;
    expect(await other.lock()).toBeUndefined();
    now = 30_000;
    await using lease = await other.lock();
    expect(lease).toBeDefined();
  });

  it('is not taken over while it is renewed, however the clocks go', async () => {
    const lease = 3000;
    await using held = await store('a', lease).lock();
    expect(held).toBeDefined();
    let now = 0;
    const other = store('b', lease, () => now);
    for (let before = await lockText(), rounds = 0; rounds < 2; rounds += 1) {
      expect(await other.lock()).toBeUndefined();
      await expect.poll(lockText, { timeout: 10_000 }).not.toBe(before);
      before = await lockText();
      now += lease;
    }
    expect(await other.lock()).toBeUndefined();
  });

  it('is not taken with a number that others are done with', async () => {
    await using killed = await store('killed').lock();
    expect(killed).toBeDefined();
    let now = 0;
    const slow = store('b', 30_000, () => {
      // Others take number 2, give it back, and take the next one, after this one has looked.
      if (now > 0 && existsSync(join(folder, 'acme', 'lock.1'))) {
        renameSync(join(folder, 'acme', 'lock.1'), join(folder, 'acme', 'lock.3'));
        writeFileSync(join(folder, 'acme', 'lock.3'), 'c\n0\n');
      }
      return now;
    });
    expect(await slow.lock()).toBeUndefined();
    now = 30_000;
    expect(await slow.lock()).toBeUndefined();
    expect(await readdir(join(folder, 'acme'))).toEqual(['lock.3']);
  });

  it('is lost if another has taken it, or the folder is gone for too long', async () => {
    await using lease = await store('a', 90).lock();
    await writeFile(join(folder, 'acme', 'lock.7'), 'b\n0\n');
    await expect.poll(() => lease!.lost.aborted).toBe(true);
    await rm(join(folder, 'acme'), { recursive: true });
    await using second = await store('a', 90).lock();
    await rm(folder, { recursive: true });
    await expect.poll(() => second!.lost.aborted).toBe(true);
  });
});
