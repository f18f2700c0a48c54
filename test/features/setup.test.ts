import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// The set-up script in a clone of its own, where npm, tsc and HAProxy are small shell scripts that keep a list of their calls.
let clone: string;
const lock = JSON.stringify({
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } },
});
const installed = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } });

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'clone-'));
  await cp('scripts', join(clone, 'scripts'), { recursive: true });
  await write('package-lock.json', lock);
  await write('node_modules/.package-lock.json', installed);
  await write('tsconfig.json', '');
  await write('tsconfig.build.json', '');
  await write('src/bin.ts', 'first');
  await write('sim/start.ts', 'first');
  await program(
    'node_modules/.bin/tsc',
    'echo "tsc $2" >> calls; for out; do :; done; mkdir "$out"; case "$2" in sim/*) cp sim/*.ts "$out" ;; *) cp src/*.ts "$out"; : > "$out/bin.js" ;; esac',
  );
  await program('bin/npm', 'echo "npm $1" >> calls');
  await program('bin/haproxy', 'echo "HAProxy version 2.6.0-1 2026/01/01"');
  for (const name of ['sh', 'mkdir', 'cp']) await symlink(`/bin/${name}`, join(clone, 'bin', name));
});
afterEach(() => rm(clone, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(clone, path)), { recursive: true });
  await writeFile(join(clone, path), text);
}

async function program(path: string, body: string): Promise<void> {
  await write(path, `#!/bin/sh\n${body}\n`);
  await chmod(join(clone, path), 0o755);
}

async function setup(): Promise<{ status: unknown; err: string; calls: string[] }> {
  await write('calls', '');
  const { status, err } = await new Promise<{ status: unknown; err: string }>((resolve) => {
    execFile(process.execPath, ['scripts/setup.mjs'], { cwd: clone, env: { PATH: join(clone, 'bin') } }, (error, _, stderr) =>
      resolve({ status: error ? error.code : 0, err: stderr }),
    );
  });
  return { status, err, calls: (await readFile(join(clone, 'calls'), 'utf8')).split('\n').filter(Boolean) };
}

const BUILD = ['tsc tsconfig.build.json', 'tsc sim/tsconfig.build.json'];

describe('scripts/setup.mjs', () => {
  it('builds once, and again where a source changed, came or went', async () => {
    expect(await setup()).toEqual({ status: 0, err: '', calls: BUILD });
    expect(await setup()).toEqual({ status: 0, err: '', calls: [] });
    await write('src/bin.ts', 'changed');
    await write('src/other.ts', '');
    expect((await setup()).calls).toEqual(BUILD);
    expect(await readFile(join(clone, 'dist', 'bin.ts'), 'utf8')).toBe('changed');
    await write('sim/start.ts', 'changed');
    expect((await setup()).calls).toEqual(BUILD);
    await rm(join(clone, 'src', 'other.ts'));
    expect((await setup()).calls).toEqual(BUILD);
    await expect(readFile(join(clone, 'dist', 'other.ts'))).rejects.toThrow(/ENOENT/);
  });

  it.each([
    ['nothing is installed', undefined],
    ['another version is', installed.replace('1.0.0', '1.0.1')],
  ])('installs the packages where %s', async (_, text) => {
    if (text === undefined) await rm(join(clone, 'node_modules', '.package-lock.json'));
    else await write('node_modules/.package-lock.json', text);
    expect(await setup()).toMatchObject({ status: 0, calls: ['npm ci', ...BUILD] });
  });

  it('fails with the words of npm ci', async () => {
    await rm(join(clone, 'node_modules', '.package-lock.json'));
    await program('bin/npm', 'echo "npm $1" >> calls; echo "npm error network" >&2; exit 1');
    expect(await setup()).toMatchObject({ status: 1, calls: ['npm ci'], err: expect.stringMatching(/network[^]*npm ci failed/) });
  });

  it('says so where HAProxy is too old', async () => {
    await program('bin/haproxy', 'echo "HA-Proxy version 2.2.9 2021/01/01"');
    const { status, err } = await setup();
    expect(status).toBe(1);
    expect(err).toMatch(/HAProxy 2\.2\.9 \(\S+\) is too old: 2\.6 or later is needed\.$/m);
  });

  // Others find Debian's HAProxy outside their PATH.
  it.runIf(process.getuid?.() === 0)(
    'says in one sentence what to install where there is neither HAProxy nor apt-get',
    async () => {
      await rm(join(clone, 'bin', 'haproxy'));
      const { status, err, calls } = await setup();
      expect({ status, calls }).toEqual({ status: 1, calls: [] });
      expect(err).toMatch(
        /^marathon-lb: HAProxy 2\.6 or later is needed: install it \(Debian 12 or later: [^)]+\) and start again\.\n$/,
      );
    },
  );

  it('leaves the last build alone where the new one fails', async () => {
    await setup();
    await write('src/bin.ts', 'changed');
    await program('node_modules/.bin/tsc', 'exit 2');
    const { status, err } = await setup();
    expect(status).toBe(1);
    expect(err).toMatch(/the build failed/);
    expect(await readFile(join(clone, 'dist', 'bin.ts'), 'utf8')).toBe('first');
  });
});
