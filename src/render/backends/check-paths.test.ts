import { describe, expect, test } from 'vitest';
import { withCheckPaths } from './check-paths.ts';

describe('withCheckPaths', () => {
  test('leaves the options alone if all are asked on one path', () => {
    expect(withCheckPaths('  option httpchk GET /a\n', '/a', new Map())).toBe('  option httpchk GET /a\n');
  });

  test.each([
    '',
    '  option redis-check\n',
    '  option httpchk GET /a\n  http-check connect\n  http-check send uri /a\n',
    '  option httpchk GET /a\n  http-check send uri /a\n  http-check send uri /a\n',
    '  option httpchk GET /a\n  tcp-check connect\n',
  ])('does not touch check steps that it would break: %j', (options) => {
    expect(withCheckPaths(options, '/a', new Map([['/b', ['s']]]))).toBeUndefined();
  });

  test('keeps its lines short enough for HAProxy, however many servers there are', () => {
    const names = Array.from({ length: 2000 }, (_, at) => `agent-with-a-rather-long-name_10_0_${at >> 8}_${at & 255}_31000`);
    const lines = withCheckPaths('  option httpchk GET /a\n', '/a', new Map([['/b', names]]))?.split('\n') ?? [];
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1600);
    for (const name of names) expect(lines.filter((line) => new RegExp(`[(|]${name}[|)]`).test(line))).toHaveLength(1);
  });
});
