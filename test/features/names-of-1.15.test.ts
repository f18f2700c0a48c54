import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** A file of the image, in this checkout: the image has the checkout at /opt/marathon-lb. */
function inCheckout(path: string): string {
  return path.replace('/opt/marathon-lb/', '');
}

test('the image has the programs and files of 1.15 at their places', () => {
  const root = mkdtempSync(join(tmpdir(), 'links-'));
  try {
    execFileSync('sh', ['packaging/container/link.sh', root]);
    const folder = join(root, 'marathon-lb');
    const links = Object.fromEntries(readdirSync(folder).map((name) => [name, readlinkSync(join(folder, name))]));
    expect(links).toMatchObject({
      run: '/opt/marathon-lb/packaging/container/run',
      'marathon_lb.py': '/opt/marathon-lb/packaging/container/marathon-lb',
      'zdd.py': '/opt/marathon-lb/dist/zdd.js',
      'bluegreen_deploy.py': '/opt/marathon-lb/dist/zdd.js',
      'haproxy.cfg': '/etc/haproxy/haproxy.cfg',
    });
    const bin = join(root, 'usr/local/bin');
    expect(readdirSync(bin).map((name) => [name, readlinkSync(join(bin, name))])).toEqual([
      ['marathon-lb', '/opt/marathon-lb/packaging/container/marathon-lb'],
      ['zdd', '/opt/marathon-lb/dist/zdd.js'],
    ]);
    const own = Object.values(links).filter((path) => path.startsWith('/opt/'));
    expect(own.filter((path) => !existsSync(inCheckout(path)))).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.each([
  ['marathon_lb.py', /^Usage: marathon-lb /],
  ['zdd.py', /zdd/],
])('the npm package installs %s as a command', (name, usage) => {
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
  const { status, stdout } = spawnSync(process.execPath, [bin[name] ?? '', '--help'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(usage) });
});
