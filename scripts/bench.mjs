#!/usr/bin/env node
// Compiles bench/ to .tmp/bench and runs it; arguments go on to bench/run.ts.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'bench/tsconfig.json', '--noCheck']);
run(process.execPath, [join('.tmp', 'bench', 'bench', 'run.js'), ...process.argv.slice(2)]);

function run(program, args) {
  const done = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (done.error) console.error(`marathon-lb: ${program} could not be started (${done.error.message}).`);
  if (done.status !== 0) process.exit(done.status ?? 1);
}
