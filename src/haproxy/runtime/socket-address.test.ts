import { expect, test } from 'vitest';
import { readAddress, runtimeSocket } from './socket-address.ts';

const found = (global: string) =>
  runtimeSocket({ sections: [{ kind: 'head', name: 'head', blocks: [{ text: `global\n${global}\n` }] }], files: [] });

test.each([
  ['stats socket /run/a.sock mode 600 level admin expose-fd listeners', { kind: 'path', path: '/run/a.sock' }],
  ['stats socket unix@/run/a.sock level admin', { kind: 'path', path: '/run/a.sock' }],
  ['stats socket /run/o.sock level operator\n  stats socket /run/a.sock level admin', { kind: 'path', path: '/run/a.sock' }],
  ['stats socket ipv4@127.0.0.1:9999 level admin', { kind: 'tcp', host: '127.0.0.1', port: 9999 }],
  ['stats socket *:9999 level admin', { kind: 'tcp', host: '127.0.0.1', port: 9999 }],
  ['stats socket ipv6@[::1]:9999 level admin', { kind: 'tcp', host: '::1', port: 9999 }],
  ['stats socket "/run/a.sock" level admin', { kind: 'path', path: '/run/a.sock' }],
  ['stats socket "${RUN}/a.sock" level admin\n  stats socket /run/b.sock level admin', { kind: 'path', path: '/run/b.sock' }],
  ['unix-bind prefix /jail mode 600\n  stats socket /a.sock level admin', { kind: 'path', path: '/jail/a.sock' }],
])('%s', (line, address) => expect(found(line)).toEqual({ kind: 'found', address }));

test.each([
  ['', /has no stats socket, so/],
  ['# stats socket /run/a.sock level admin', /has no stats socket, so/],
  ['stats socket /run/a.sock', /no stats socket with "level admin"/],
  ['stats socket run/a.sock level admin', /neither an absolute path/],
  ['unix-bind prefix /jail\n  stats socket "$RUN" level admin', /neither an absolute path/],
  ['stats socket fd@3 level admin', /neither an absolute path/],
])('no socket: %s', (line, advice) => expect(found(line)).toEqual({ kind: 'none', advice: expect.stringMatching(advice) }));

test('a relative path is none', () => expect(readAddress('a.sock')).toBeUndefined());
