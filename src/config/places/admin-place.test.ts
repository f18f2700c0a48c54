import { expect, it } from 'vitest';
import { adminPlace, type AdminRequest } from './admin-place.ts';
import type { Machine } from '../machine.ts';

const files: Record<string, string> = {
  '/proc/self/status': 'CapEff:\t000001ffffffffff\n',
  '/etc/passwd': 'haproxy:x:102:105::/var/lib/haproxy:/usr/sbin/nologin\n',
  '/etc/group': 'haproxy:x:105:\n',
};
/** Folders that are there, with their modes. */
const usual: Record<string, number> = { '/var': 0o755, '/var/run': 0o755, '/srv': 0o755, '/tmp': 0o1777, '/root': 0o700 };

interface Overrides {
  readonly uid?: number;
  readonly folders?: Record<string, number>;
  readonly readOnly?: readonly string[];
}

function found(change: Partial<AdminRequest> = {}, { uid = 0, folders = usual, readOnly = [] }: Overrides = {}): string {
  const machine: Machine = {
    env: {},
    platform: 'linux',
    cwd: '/',
    uid,
    tmpdir: '/tmp',
    hostname: 'lb-1',
    openFiles: undefined,
    readFile: (path) => files[path] ?? '',
    listFolder: () => [],
    exists: () => true,
    isProgram: () => true,
    accessOf: (path) => (folders[path] === undefined ? undefined : { mode: folders[path], gid: 0 }),
    isWritable: (path) => folders[path] !== undefined && !readOnly.includes(path),
    askHaproxy: () => ({ kind: 'missing', why: '' }),
  };
  const config = '/etc/haproxy/haproxy.cfg';
  const request = { given: undefined, isWanted: true, config, runtime: '/var/run/marathon-lb', ...change };
  const { admin, runAs } = adminPlace(request, machine);
  return `${runAs?.user ?? 'the same user'}: ${admin?.kind === 'unix' ? `${admin.folder} ${admin.path}` : `${admin?.host}:${admin?.port}`}`;
}

const closed = { ...usual, '/var/run/marathon-lb-admin': 0o700 };

it.each([
  ['HAProxy becomes another user', found(), 'haproxy: passable /var/run/marathon-lb-admin/mlb-admin.sock'],
  ['HAProxy stays root', found({ isWanted: false }), 'root: private /var/run/marathon-lb/mlb-admin.sock'],
  [
    'the program is no root',
    found({ runtime: '/run/user/7/marathon-lb' }, { uid: 7 }),
    'the same user: private /run/user/7/marathon-lb/mlb-admin.sock',
  ],
  ['--runtime-dir is given', found({ runtime: '/srv/run' }), 'haproxy: passable /srv/run-admin/mlb-admin.sock'],
  [
    '--runtime-dir is out of reach',
    found({ runtime: '/root/run' }),
    'haproxy: passable /var/run/marathon-lb-admin/mlb-admin.sock',
  ],
  [
    'systemd made the folder in one that cannot be written',
    found({}, { folders: closed, readOnly: ['/var/run'] }),
    'haproxy: passable /var/run/marathon-lb-admin/mlb-admin.sock',
  ],
  [
    'only temporary files can be written',
    found({}, { readOnly: ['/var/run'] }),
    'haproxy: passable /tmp/marathon-lb-admin/mlb-admin.sock',
  ],
  ['no place can be reached', found({}, { readOnly: ['/var/run', '/tmp'] }), 'root: private /var/run/marathon-lb/mlb-admin.sock'],
  ['an address is given', found({ given: '127.0.0.1:9092' }), 'haproxy: 127.0.0.1:9092'],
  ['a socket is given that is out of reach', found({ given: 'unix:/root/a.sock' }), 'root: undefined /root/a.sock'],
])('if %s', (_, place, expected) => expect(place).toBe(expected));

it('gives each configuration file a socket of its own', () => {
  const one = found({ config: '/a/haproxy.cfg' });
  expect(one).toMatch(/\/mlb-admin-[0-9a-f]{8}\.sock$/);
  expect(found({ config: '/b/haproxy.cfg' })).not.toBe(one);
});
