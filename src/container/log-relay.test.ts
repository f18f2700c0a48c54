import { describe, expect, test } from 'vitest';
import { logSocketsIn } from './log-relay.ts';

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
