#!/usr/bin/env node
// What `npm start` and `npm test` need on a bare clone: packages, HAProxy, a build. Does only what is missing; uses nothing but Node.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isRoot = process.getuid?.() === 0;
const wish = 'HAProxy 2.6 or later is needed: install it (Debian 12 or later: sudo apt-get install haproxy) and start again.';
/** invoke-rc.d starts nothing where policy-rc.d says 101. */
const install = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy" || exit 1
fi
export DEBIAN_FRONTEND=noninteractive
get() { apt-get install -y -q --no-install-recommends haproxy; }
get || { apt-get update -q && get; } || exit 1
if [ -d /run/systemd/system ]; then systemctl disable -q haproxy || true; fi
`;

checkNode();
if (!packagesAreCurrent()) installPackages();
if (!haproxyIsThere()) installHaproxy();
run(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale'], 'the build');

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or later is needed, this is ${process.versions.node}.`);
}

/** By content, not by time: a clone's files are all of the same time, and npm writes the lock after the packages. */
function packagesAreCurrent() {
  const wanted = readPackages('package-lock.json');
  const found = readPackages(join('node_modules', '.package-lock.json'));
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    return path === '' || optional || link || found[path]?.version === version;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function installPackages() {
  say('installing the packages of package-lock.json');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
}

function haproxyIsThere() {
  const program = find('haproxy');
  if (!program) return false;
  const answer = spawnSync(program, ['-v'], { encoding: 'utf8' });
  const [, version, major, minor] = /version ((\d+)\.(\d+)\S*)/.exec(answer.stdout ?? '') ?? [];
  if (version === undefined) fail(`${program} -v does not tell a version; ${wish}`);
  if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 6))
    fail(`HAProxy ${version} (${program}) is too old: 2.6 or later is needed.`);
  return true;
}

/** As root, or through sudo. The service that comes with the package is neither started nor enabled. */
function installHaproxy() {
  if (!find('apt-get') || !(isRoot || sudoIsLikely())) fail(wish);
  say("installing HAProxy from the distribution's packages");
  const [program, ...args] = [...(isRoot ? [] : ['sudo']), 'sh', '-c', install];
  run(program, args, 'the installation of HAProxy', ` ${wish}`);
  if (!haproxyIsThere()) fail(wish);
}

/** It asks for nothing, or there is a terminal where it can ask one who is in a group that usually may. */
function sudoIsLikely() {
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return true;
  const groups = spawnSync('id', ['-Gn'], { encoding: 'utf8' }).stdout ?? '';
  return (
    Boolean(find('sudo')) && process.stdin.isTTY && groups.split(/\s/).some((name) => ['sudo', 'admin', 'wheel'].includes(name))
  );
}

function find(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...(isRoot ? [] : ['/usr/local/sbin', '/usr/sbin', '/sbin'])];
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}

/** What the program prints goes to stderr: standard output belongs to the command that follows. */
function run(program, args, what, advice = '') {
  const done = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.error) fail(`${what} could not be started (${done.error.message}).${advice}`);
  if (done.status !== 0) fail(`${what} failed (${done.signal ?? `exit status ${done.status}`}).${advice}`);
}

function say(text) {
  console.error(`marathon-lb: ${text} ...`);
}

function fail(text) {
  console.error(`marathon-lb: ${capital(text)}`);
  process.exit(1);
}

function capital(text) {
  return /^(the|this) /.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}
