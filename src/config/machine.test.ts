import { describe, expect, it } from 'vitest';
import { adminAddress, readAdminListen } from './places/admin-listen.ts';
import { givenRuntimeFolder, runtimeFolder, statsSocketFor } from './places/runtime-folder.ts';
import { stateFolder } from './places/state-folder.ts';

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

describe('givenRuntimeFolder', () => {
  it('is absolute', () => expect(givenRuntimeFolder('run', '/srv')).toBe('/srv/run'));

  it.each(['/my files', `/${'x'.repeat(63)}`])('refuses %s', (path) => {
    expect(() => givenRuntimeFolder(path, '/')).toThrow(/--runtime-dir: HAProxy can have no socket in/);
  });

  it('takes what it says', () => expect(givenRuntimeFolder(`/${'x'.repeat(62)}`, '/')).toHaveLength(63));
});

describe('statsSocketFor', () => {
  it('gives each configuration file a socket of its own', () => {
    expect(statsSocketFor('/etc/haproxy/haproxy.cfg', '/r')).toBe('/r/haproxy.sock');
    const one = statsSocketFor('/a/haproxy.cfg', '/r');
    expect(one).toMatch(/^\/r\/haproxy-[0-9a-f]{8}\.sock$/);
    expect(statsSocketFor('/b/haproxy.cfg', '/r')).not.toBe(one);
  });
});

describe('stateFolder', () => {
  const config = '/etc/haproxy/haproxy.cfg';
  it.each([
    [{ uid: 0, tmpdir: '/tmp', env: { HOME: '/root' } }, '/var/lib/marathon-lb'],
    [{ uid: 7, tmpdir: '/tmp', env: { HOME: '/home/joe', XDG_STATE_HOME: '/state' } }, '/state/marathon-lb'],
    [{ uid: 7, tmpdir: '/tmp', env: { HOME: '/home/joe', XDG_STATE_HOME: 'relative' } }, '/home/joe/.local/state/marathon-lb'],
    [{ uid: 7, tmpdir: '/tmp', env: {} }, '/tmp/marathon-lb-7/marathon-lb'],
  ])('for %o is %s', (world, expected) => {
    expect(stateFolder(config, world)).toBe(expected);
    expect(stateFolder('/other.cfg', world)).toMatch(new RegExp(`^${expected}/[0-9a-f]{8}$`));
  });
});

describe('readAdminListen', () => {
  it.each([
    ['127.0.0.1:9092', '127.0.0.1:9092'],
    ['localhost:80', 'localhost:80'],
    ['*:9092', '127.0.0.1:9092'],
    ['[::]:9092', '[::1]:9092'],
    ['unix:/run/mlb/admin.sock', 'unix@/run/mlb/admin.sock'],
  ])('%s is reached as %s', (text, address) => {
    const listen = readAdminListen(text);
    expect(listen && adminAddress(listen)).toBe(address);
  });

  it.each(['', '9092', ':9092', '127.0.0.1', 'host:0', 'host:65536', 'a b:80', 'unix:x', 'unix:/a b', '[zz]:80', '[1]:80'])(
    'refuses %j',
    (text) => {
      expect(() => readAdminListen(text)).toThrow(/option --admin-listen: .* default is/);
    },
  );
});
