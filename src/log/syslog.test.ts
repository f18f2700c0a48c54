import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSyslog } from './syslog.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syslog-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A stand-in for util-linux's logger: keeps its arguments and its input. */
async function program(body: string): Promise<string> {
  const path = join(folder, 'logger');
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('openSyslog', () => {
  it('hands each line over with its priority before it ends', async () => {
    const socket = join(folder, 'log');
    await writeFile(socket, '');
    const warnings: string[] = [];
    const path = await program(`echo "$1 $2 $3" > ${folder}/got; cat >> ${folder}/got`);
    const syslog = openSyslog(socket, (why) => warnings.push(why), path);
    syslog.send('ERROR', 'one\ntwo');
    syslog.send('DEBUG', 'three');
    await syslog[Symbol.asyncDispose]();
    expect(await readFile(join(folder, 'got'), 'utf8')).toBe(`--socket ${socket} --prio-prefix\n<11>one\n<11>two\n<15>three\n`);
    expect(warnings).toEqual([]);
  });

  it('warns at once, and once, where there is no socket', async () => {
    const warnings: string[] = [];
    const syslog = openSyslog(join(folder, 'none'), (why) => warnings.push(why));
    const warning = expect.stringMatching(/none: there is no such socket; --syslog-socket \/dev\/null turns this off/);
    expect(warnings).toEqual([warning]);
    syslog.send('INFO', 'one');
    await syslog[Symbol.asyncDispose]();
    expect(warnings).toEqual([warning]);
  });

  it.each([
    ['is missing', async () => join(folder, 'nothing'), /cannot be started/],
    ['ends', () => program('exit 3'), /ended \(exit status 3\)/],
  ])('warns once where the program %s', async (_, make, message) => {
    const warnings: string[] = [];
    const syslog = openSyslog(folder, (why) => warnings.push(why), await make());
    syslog.send('INFO', 'one');
    await expect.poll(() => warnings, { timeout: 5000 }).toEqual([expect.stringMatching(message)]);
    syslog.send('INFO', 'two');
    await syslog[Symbol.asyncDispose]();
    expect(warnings).toHaveLength(1);
  });
});
