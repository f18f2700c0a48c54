import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listenerOf, logSocketsIn } from './log-sockets.ts';

describe('logSocketsIn', () => {
  test.each<[string, string, readonly string[]]>([
    ['the head of 1.15', 'global\n  log /dev/log local0\n  log /dev/log local1 notice\n', ['/dev/log']],
    ['options', '  log\t/run/a.sock len 4096 format rfc5424 local0\n', ['/run/a.sock']],
    ['a prefix', '  log unix@/run/b.sock local0\n', ['/run/b.sock']],
    ['other targets', '  log stdout format raw local0\n  log 127.0.0.1:514 local0\n  log global\n  log ring@r local0\n', []],
    ['other lines', '  # log /dev/log local0\n  log-tag /x\n  option log /y\n', []],
  ])('%s', (_what, text, expected) => {
    expect(logSocketsIn(text)).toEqual(expected);
  });
});

test('listenerOf tells what nobody listens on from what is taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mlb-log-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  await using server = createServer().listen(join(folder, 'taken'));
  await once(server, 'listening');
  await writeFile(join(folder, 'file'), '');
  expect(await listenerOf(join(folder, 'taken'))).toBe('other');
  for (const name of ['missing', 'file']) expect(await listenerOf(join(folder, name))).toBe('none');
});
