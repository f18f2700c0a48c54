#!/usr/bin/env node
// Compiles bench/ to .tmp/bench and runs one of its programs: the first argument, `live/run`; the others go on to it.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [program = 'run', ...args] = process.argv.slice(2);
run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'bench/tsconfig.json', '--noCheck']);
run(process.execPath, [join('.tmp', 'bench', 'bench', `${program}.js`), ...args]);

function run(program, args) {
  const done = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (done.error) console.error(`marathon-lb: ${program} could not be started (${done.error.message}).`);
  if (done.status !== 0) process.exit(done.status ?? 1);
}
