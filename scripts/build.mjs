#!/usr/bin/env node
// Compiles src to dist, and sim to dist/sim. With --if-stale only if they or the settings of the compiler changed since the last time.
// Types are not checked here (`npm run check` does that): who starts the program need not wait for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const inputs = hashInputs();
if (!process.argv.includes('--if-stale') || read(join(dist, '.inputs')) !== inputs) build();

/** Into a folder of its own first: a program that runs from dist, or a second build, never sees half of it. */
function build() {
  const fresh = join(root, `dist.${process.pid}`);
  compile('tsconfig.build.json', fresh);
  compile('sim/tsconfig.build.json', join(fresh, 'sim'));
  for (const program of ['bin.js', 'zdd.js'].map((name) => join(fresh, name))) if (existsSync(program)) chmodSync(program, 0o755);
  writeFileSync(join(fresh, '.inputs'), inputs);
  swap(fresh);
}

function compile(project, outDir) {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const done = spawnSync(tsc, ['-p', project, '--noCheck', '--outDir', outDir], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status === 0) return;
  rmSync(join(root, `dist.${process.pid}`), { recursive: true, force: true });
  console.error(`marathon-lb: the build failed (tsc ${done.error ? done.error.message : `ended with ${done.status}`}).`);
  process.exit(1);
}

function swap(fresh) {
  const old = `${fresh}.old`;
  for (let left = 5; ; left -= 1) {
    try {
      renameSync(dist, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    try {
      renameSync(fresh, dist);
      break;
    } catch (error) {
      if (left === 0 || !['EEXIST', 'ENOTEMPTY'].includes(error.code)) throw error; // another build was faster: once more
    }
    rmSync(old, { recursive: true, force: true });
  }
  rmSync(old, { recursive: true, force: true });
}

/** A fingerprint of names, sizes and times of all that goes into dist. */
function hashInputs() {
  const files = ['src', 'sim']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of [
    ...files.toSorted((a, b) => (a < b ? -1 : 1)),
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.build.json'),
  ]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
