import { expect, it } from 'vitest';
import { runAs } from './run-as.ts';

const all = 'Name:\tnode\nCapEff:\t000001ffffffffff\n';
const files = {
  '/proc/self/status': all,
  '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nhaproxy:x:102:105::/var/lib/haproxy:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nhaproxy:x:105:\n',
  '/proc/self/uid_map': '         0          0 4294967295\n',
  '/proc/self/gid_map': '         0          0 4294967295\n',
  '/proc/self/setgroups': 'allow\n',
};
const folders: Record<string, { mode: number; gid: number }> = {
  '/run': { mode: 0o40755, gid: 0 },
  '/run/open': { mode: 0o40711, gid: 0 },
  '/run/group': { mode: 0o40750, gid: 105 },
  '/run/closed': { mode: 0o40750, gid: 0 },
};
const admin = { kind: 'tcp', host: '127.0.0.1', port: 9092 } as const;

function found(change: Record<string, string | undefined> = {}, more: Partial<Parameters<typeof runAs>[0]> = {}, uid = 0) {
  const known: Record<string, string | undefined> = { ...files, ...change };
  const readFile = (path: string): string => {
    const text = known[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  const result = runAs({ isWanted: true, admin, ...more }, { uid, readFile, accessOf: (path) => folders[path] });
  return result && `${result.user} ${result.gid} ${result.mayChroot}`;
}

it.each([
  ['the user haproxy is there', found(), 'haproxy 105 true'],
  [
    'no user namespaces are there',
    found({ '/proc/self/uid_map': undefined, '/proc/self/setgroups': undefined }),
    'haproxy 105 true',
  ],
  ['it is not root', found({}, {}, 1000), undefined],
  ['it is not wanted', found({}, { isWanted: false }), 'root 0 true'],
  ['there is no such user', found({ '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' }), 'root 0 true'],
  ['there is no such group', found({ '/etc/group': undefined }), 'root 0 true'],
  ['users cannot be changed', found({ '/proc/self/status': 'CapEff:\t0000000000000400\n' }), 'root 0 false'],
  ['a namespace has one user', found({ '/proc/self/uid_map': '         0       1000          1\n' }), 'root 0 true'],
  ['a namespace has one group', found({ '/proc/self/gid_map': '         0       1000        100\n' }), 'root 0 true'],
  ['a namespace keeps groups', found({ '/proc/self/setgroups': 'deny\n' }), 'root 0 true'],
  ['a socket is open', found({}, { admin: { kind: 'unix', path: '/run/open/a.sock' } }), 'haproxy 105 true'],
  ['a socket is open to the group', found({}, { admin: { kind: 'unix', path: '/run/group/a.sock' } }), 'haproxy 105 true'],
  ['a socket is out of reach', found({}, { admin: { kind: 'unix', path: '/run/closed/a.sock' } }), 'root 0 true'],
  ['the folder of a socket is not there', found({}, { admin: { kind: 'unix', path: '/run/no/a.sock' } }), 'root 0 true'],
  ['endpoints are off', found({}, { admin: undefined }), 'haproxy 105 true'],
])('if %s', (_, result, expected) => expect(result).toBe(expected));
