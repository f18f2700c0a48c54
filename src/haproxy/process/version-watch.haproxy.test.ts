import { mkdtempSync, rmSync, writeFileSync, chmodSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askHaproxy } from '../../config/versions/ask-version.ts';
import { parseHaproxyVersion } from '../../config/versions/version.ts';
import { silent } from '../../log/logger.ts';
import { HAPROXIES } from '../../../test/support/haproxy/haproxies.ts';
import { createVersionWatch } from './version-watch.ts';

let folder = '';
let lines: string[] = [];
const log = {
  ...silent,
  info: (line: string) => lines.push(line),
  warn: (line: string) => lines.push(line),
  error: (line: string) => lines.push(line),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
  lines = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program in the place of the one before, as a package manager does: by a rename. */
function install(says: string): void {
  const fresh = join(folder, 'haproxy.new');
  writeFileSync(fresh, `#!/bin/sh\n${says}\n`);
  chmodSync(fresh, 0o755);
  renameSync(fresh, join(folder, 'haproxy'));
}

function printing(version: string): string {
  return `echo "HAProxy version ${version} 2026/01/01 - https://haproxy.org/"`;
}

it.each([
  ['by path', (): string => join(folder, 'haproxy')],
  ['in the PATH', (): string => 'haproxy'],
])('asks again after the program was replaced, found %s', (_, binary) => {
  install(printing('3.2.26'));
  const env = { PATH: `/nowhere:${folder}:/usr/bin:/bin` };
  const watch = createVersionWatch({ binary: binary(), asked: parseHaproxyVersion('3.2.26') }, { log, env });
  expect(watch.look()).toBeUndefined();
  expect(watch.isOther()).toBe(false);
  install(printing('3.4.7'));
  expect(watch.isOther()).toBe(true);
  expect(watch.look()).toMatchObject({ major: 3, minor: 4 });
  expect(watch.isOther()).toBe(false);
  expect(watch.look()).toBeUndefined();
  expect(lines).toEqual(['HAProxy was replaced: version 3.2.26 before, 3.4.7 now; the configuration is written for that one']);
});

it('goes on with what it knows if the new program is gone, too old or prints no version', () => {
  const binary = join(folder, 'haproxy');
  install(printing('3.2.26'));
  const watch = createVersionWatch({ binary, asked: parseHaproxyVersion('3.2.26') }, { log });
  rmSync(binary);
  expect(watch.look()).toBeUndefined();
  install(printing('2.2.9'));
  expect(watch.look()).toBeUndefined();
  expect(lines.pop()).toContain('HAProxy 2.2.9 is too old: 2.6 or later is needed');
  install('exit 1');
  expect(watch.look()).toBeUndefined();
  expect(lines.pop()).toContain('prints no version');
  expect(watch.isOther()).toBe(false);
  // The same file: perhaps it can be run now.
  expect(watch.look()).toBeUndefined();
  expect(lines.pop()).toContain('prints no version');
  install(printing('3.2.26'));
  expect(watch.look()).toBeUndefined();
  expect(lines).toEqual([]);
});

it('does not look if the version is given', () => {
  const watch = createVersionWatch({ binary: join(folder, 'haproxy') }, { log });
  install(printing('3.4.7'));
  expect(watch.look()).toBeUndefined();
});

it.each(HAPROXIES)('%s tells its version', (haproxy) => {
  expect(askHaproxy(haproxy, process.env)).toMatchObject({ kind: 'version', version: { major: expect.any(Number) } });
});
