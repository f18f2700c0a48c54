import { expect, it } from 'vitest';
import { headFolders } from './head-folders.ts';

it.each<[string, readonly string[]]>([
  ['stats socket /var/run/haproxy/socket expose-fd listeners', ['/var/run/haproxy']],
  ['stats socket unix@/run/a/b.sock mode 600 level admin', ['/run/a']],
  ['server-state-base /var/state/haproxy/', ['/var/state/haproxy']],
  ['server-state-file /var/state/all', ['/var/state']],
  ['server-state-file global', []],
  ['stats socket /run/a/1\n  stats socket "/run/a/2"', ['/run/a']],
  ['stats socket 127.0.0.1:9999 level admin\nstats socket abns@name\nstats timeout 2m\nstats uri /path/x', []],
  ['# stats socket /run/a/1', []],
  ['stats socket ${FOLDER}/x\nstats socket fd@3\nstats socket /sock', []],
])('%j has the folders %j', (text, folders) => {
  expect(headFolders(text)).toEqual(folders);
});
