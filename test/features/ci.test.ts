import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ci-'));
});
afterEach(() => rm(folder, { recursive: true }));

function call(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ status: unknown; out: string }> {
  return new Promise((done) => {
    execFile(program, args, { cwd: folder, env }, (error, out) => done({ status: error ? error.code : 0, out }));
  });
}

/** In a folder of its own, where npm is a shell script that does `body`; `nodes` and `haproxies`: exit statuses of the other two steps. */
async function run(
  body: string,
  nodes = 0,
  haproxies = 0,
): Promise<{ status: unknown; last: string | undefined; steps: string[] }> {
  await cp('.ci', join(folder, '.ci'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'npm'), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, 'bin', 'npm'), 0o755);
  await symlink(process.execPath, join(folder, 'bin', 'node'));
  await mkdir(join(folder, 'scripts'));
  await writeFile(join(folder, 'scripts', 'nodes.mjs'), `process.exit(${nodes})\n`);
  await writeFile(join(folder, 'scripts', 'haproxies.sh'), `#!/bin/sh\nexit ${haproxies}\n`, { mode: 0o755 });
  await writeFile(join(folder, 'scripts', 'test-packages.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const { status, out } = await call('.ci/run', [], { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` });
  const steps = Array.from(
    out.matchAll(/^== (?:npm (?:run )?|node )?(\S+).*: (passed|failed) in \d+ s$/gm),
    ([, what, how]) => `${what} ${how}`,
  );
  return { status, last: out.trimEnd().split('\n').at(-1), steps };
}

async function tally(files: Readonly<Record<string, string>>): Promise<{ status: unknown; text: string }> {
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'vitest.config.mjs'), `export default { test: { globals: true } };\n`);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const program = resolve('node_modules/vitest/vitest.mjs');
  const { status } = await call(process.execPath, [program, 'run', `--reporter=${resolve('test/support/tally.ts')}`], {
    PATH: process.env['PATH'] ?? '',
    TALLY: join(folder, 'tally'),
  });
  return { status, text: await readFile(join(folder, 'tally'), 'utf8') };
}

describe('.ci/run', () => {
  it.each([
    ['all is well', '[ "$1" = test ] && echo "3 passed, 0 failed" > $TALLY || true', 0, '3 passed, 0 failed', 'passed', 'passed'],
    [
      'a test fails',
      '[ "$1" != test ] || { echo "2 passed, 1 failed" > $TALLY; exit 1; }',
      1,
      '2 passed, 1 failed',
      'failed',
      'passed',
    ],
    ['a check fails', '[ "$1" = test ] && echo "3 passed, 0 failed" > $TALLY', 1, '3 passed, 0 failed', 'passed', 'failed'],
    ['the tests break off', '[ "$1" != test ] || exit 137', 1, '0 passed, 0 failed', 'failed', 'passed'],
    ['no test runs', 'echo "0 passed, 0 failed, 9 skipped" > $TALLY', 1, '0 passed, 0 failed, 9 skipped', 'passed', 'passed'],
  ])('does all steps and ends with the figures where %s', async (_, npm, status, last, tests, checks) => {
    expect(await run(npm)).toEqual({
      status,
      last,
      steps: [
        'scripts/haproxies.sh passed',
        'scripts/test-packages.sh passed',
        `test ${tests}`,
        `check:static ${checks}`,
        'scripts/nodes.mjs passed',
      ],
    });
  });

  it('goes on, and fails, where versions of HAProxy cannot be installed or another Node fails', async () => {
    const { status, steps } = await run(
      '[ "$1" = test ] && [ "$CI" = true ] && echo "3 passed, 0 failed" > $TALLY || true',
      1,
      1,
    );
    expect({ status, steps }).toEqual({
      status: 1,
      steps: [
        'scripts/haproxies.sh failed',
        'scripts/test-packages.sh passed',
        'test passed',
        'check:static passed',
        'scripts/nodes.mjs failed',
      ],
    });
  });
});

describe('the tally of a run', () => {
  it('counts tests by how they ended', { timeout: 120_000 }, async () => {
    const one = `it('a', () => {}); it('b', () => {}); it.skip('c', () => {}); it.todo('d'); it('e', () => { throw new Error('no'); });`;
    expect(await tally({ 'one.test.js': one })).toEqual({ status: 1, text: '2 passed, 1 failed, 2 skipped\n' });
  });

  it('counts as failed what breaks outside of a test', { timeout: 120_000 }, async () => {
    const files = {
      'good.test.js': `it('a', () => {});`,
      'torn.test.js': `import './nowhere.js'; it('b', () => {});`,
      'set-up.test.js': `describe('c', () => { beforeAll(() => { throw new Error('no'); }); it('d', () => {}); });`,
      'late.test.js': `it('e', () => { void Promise.reject(new Error('late')); });`,
    };
    expect(await tally(files)).toEqual({ status: 1, text: '2 passed, 3 failed, 1 skipped\n' });
  });

  it('says that all passed', { timeout: 120_000 }, async () => {
    expect(await tally({ 'one.test.js': `it('a', () => {});` })).toEqual({ status: 0, text: '1 passed, 0 failed\n' });
  });
});
