#!/usr/bin/env node
// Runs the sets of tests of .ci/matrix.json on other versions of Node: `nodes.mjs` on all but this one, which has run all tests; with
// `--write` on all, and writes docs/reference/matrix.md. The programs come from npm into a folder for temporary files, and stay there for
// the next time; nothing of them gets into the product.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { haproxy, node: majors, sets } = JSON.parse(readFileSync(join(root, '.ci', 'matrix.json'), 'utf8'));
const isWriting = process.argv.includes('--write');
const own = process.versions.node.split('.')[0];

let isFailed = false;
const rows = [];
for (const major of majors) {
  if (major === own && !isWriting) {
    console.log(`node ${major}: it is this one, ${process.version}, which runs all tests`);
    continue;
  }
  const program = major === own ? process.execPath : install(major);
  const version = program && text(program, '--version').replace(/^v/, '');
  if (!version) {
    console.error(`node ${major}: it could not be installed`);
    isFailed = true;
    continue;
  }
  const cells = sets.map((set) => runSet(program, version, set));
  rows.push(`| ${version} | ${cells.join(' | ')} |`);
}
if (isWriting && !isFailed) writeFileSync(join(root, 'docs', 'reference', 'matrix.md'), page(rows));
process.exit(isFailed ? 1 : 0);

/** Returns the program of the newest version of a major one, undefined if there is none. */
function install(major) {
  const system = `${process.platform}-${process.arch}`;
  const folder = join(tmpdir(), 'marathon-lb-nodes', major);
  const program = join(folder, 'node_modules', `node-${system}`, 'bin', 'node');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    const args = ['install', ...quiet, '--prefix', folder, `node-${system}@${major}`];
    spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return existsSync(program) ? program : undefined;
}

/** Runs one set of tests and returns how it ended: `812 passed`. */
function runSet(program, version, { name, args }) {
  const folder = mkdtempSync(join(tmpdir(), 'marathon-lb-tally-'));
  const tally = join(folder, 'tally');
  const began = Date.now();
  const reporters = ['--reporter=dot', '--reporter=./test/support/tally.ts'];
  const done = spawnSync(program, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 100_000_000,
    env: { ...process.env, TALLY: tally, PATH: `${dirname(program)}${delimiter}${process.env.PATH ?? ''}` },
  });
  const counts = existsSync(tally) ? readFileSync(tally, 'utf8').trim() : '0 passed, 0 failed';
  rmSync(folder, { recursive: true });
  const isWell = done.status === 0 && !counts.startsWith('0 passed');
  if (!isWell) {
    isFailed = true;
    console.log(`${done.stdout ?? ''}${done.stderr ?? ''}`);
  }
  console.log(`node ${version}, ${name}: ${counts} in ${Math.round((Date.now() - began) / 1000)} s`);
  return isWell ? counts.replace(', 0 failed', '') : 'failed';
}

/** Returns the page of the manual. */
function page(rows) {
  const versions = Object.values(haproxy).map((path) => /^HAProxy version (\S+)/.exec(text(path, '-v'))?.[1] ?? 'missing');
  return [
    '<!-- Written by `node scripts/nodes.mjs --write`. -->',
    '',
    '# HAProxy and Node: what was tried together',
    '',
    `HAProxy ${versions.slice(0, -1).join(', ')} and ${versions.at(-1)}, each of them with each version of Node:`,
    '',
    `| Node | ${sets.map(({ name }) => name).join(' | ')} |`,
    `| --- |${' --- |'.repeat(sets.length)}`,
    ...rows,
    '',
    ...sets.map(({ name, what }) => `- **${name}**: ${what}`),
    '',
    `CI runs all tests, the live ones with every HAProxy too, on the version of Node of its machine, and these sets on the others (\`.ci/run\`). The versions of HAProxy come from \`scripts/haproxies.sh\`, what each endpoint of the container answers with each of them is in [container-matrix.md](container-matrix.md).`,
    '',
  ].join('\n');
}

function text(program, argument) {
  return (spawnSync(program, [argument], { encoding: 'utf8' }).stdout ?? '').trim();
}
