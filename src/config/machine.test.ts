import { describe, expect, it } from 'vitest';
import { maxconnFor } from './maxconn.ts';
import { runtimeFolder, statsSocketFor } from './runtime-folder.ts';

describe('maxconnFor', () => {
  it.each([
    [1024, 384],
    [20_000, 7500],
    [524_288, 50_000],
    [Infinity, 50_000],
    [undefined, 1536],
    [64, 100],
  ])('for a limit of %s open files is %s', (limit, expected) => {
    expect(maxconnFor(limit)).toBe(expected);
  });
});

describe('runtimeFolder', () => {
  it.each([
    [{ uid: 0, tmpdir: '/tmp', env: { XDG_RUNTIME_DIR: '/run/user/0' } }, '/var/run/marathon-lb'],
    [{ uid: 1000, tmpdir: '/tmp', env: { XDG_RUNTIME_DIR: '/run/user/1000' } }, '/run/user/1000/marathon-lb'],
    [{ uid: 1000, tmpdir: '/scratch', env: {} }, '/scratch/marathon-lb-1000'],
    [{ uid: 1000, tmpdir: `/${'x'.repeat(90)}`, env: {} }, '/tmp/marathon-lb-1000'],
    [{ uid: 1000, tmpdir: '/my files', env: { XDG_RUNTIME_DIR: 'relative' } }, '/tmp/marathon-lb-1000'],
  ])('for %o is %s', (world, expected) => {
    expect(runtimeFolder(world)).toBe(expected);
  });
});

describe('statsSocketFor', () => {
  it('gives each configuration file a socket of its own', () => {
    expect(statsSocketFor('/etc/haproxy/haproxy.cfg', '/r')).toBe('/r/haproxy.sock');
    const one = statsSocketFor('/a/haproxy.cfg', '/r');
    expect(one).toMatch(/^\/r\/haproxy-[0-9a-f]{8}\.sock$/);
    expect(statsSocketFor('/b/haproxy.cfg', '/r')).not.toBe(one);
  });
});
