import { describe, expect, test } from 'vitest';
import type { ServerOp } from '../../plan/operations.ts';
import { readServer, type ServerSpec } from '../../haproxy-config/server-line.ts';
import { deleteCommands, fillMap, prepareMap, serverCommands } from './commands.ts';

function op(kind: ServerOp['kind'], line: string, backend = 'b'): ServerOp {
  return { kind, backend, server: readServer(line) as ServerSpec };
}

describe('operations on servers', () => {
  test.each<[ServerOp['kind'], string, string[]]>([
    ['add', 'server s 10.0.0.1:80', ['add server b/s 10.0.0.1:80', 'set server b/s state ready']],
    [
      'add',
      'server s 10.0.0.1:80 weight 3 check agent-check agent-port 9',
      [
        'add server b/s 10.0.0.1:80 weight 3 check agent-check agent-port 9',
        'enable health b/s',
        'enable agent b/s',
        'set server b/s state ready',
      ],
    ],
    ['add', 'server s 10.0.0.1:80 check disabled', ['add server b/s 10.0.0.1:80 check', 'enable health b/s']],
    ['remove', 'server s 10.0.0.1:80 check', ['set server b/s state maint', 'del server b/s']],
    ['disable', 'server s 10.0.0.1:80 disabled', ['set server b/s state maint']],
    ['enable', 'server s 10.0.0.1:80 check', ['enable health b/s', 'set server b/s state ready']],
    ['weight', 'server s 10.0.0.1:80 weight 0', ['set server b/s weight 0']],
    ['address', 'server s 10.0.0.1:80', ['set server b/s addr 10.0.0.1 port 80']],
    ['address', 'server s [fd00::1]:80', ['set server b/s addr fd00::1 port 80']],
  ])('%s %s', (kind, line, commands) => expect(serverCommands(op(kind, line))).toEqual(commands));

  test('a server of a backend with dynamic cookies has one before it is used', () => {
    expect(serverCommands({ ...op('add', 'server s 10.0.0.1:80'), dynamicCookies: true })).toEqual([
      'add server b/s 10.0.0.1:80',
      'enable dynamic-cookie backend b',
      'set server b/s state ready',
    ]);
  });

  test('what still runs is ended before the deletion', () => {
    expect(deleteCommands('b', 's', true)).toEqual([
      'set server b/s state maint',
      'shutdown sessions server b/s',
      'del server b/s',
    ]);
  });
});

describe('text of labels starts no command of its own', () => {
  const kinds = ['add', 'remove', 'enable', 'disable', 'weight'] as const;
  test.each([
    's;shutdown',
    's\nshow',
    's\rshow',
    's x',
    's\tx',
    's\\;x',
    's"x',
    "s'x",
    's/x',
    '<<',
    's\u0000',
    's#x',
    's$x',
    'sé',
    '',
  ])('as a name: %j', (name) => {
    for (const kind of kinds) {
      const spec = { ...op(kind, 'server s 10.0.0.1:80').server, name };
      expect(() => serverCommands({ kind, backend: 'b', server: spec })).toThrow(
        expect.objectContaining({ code: 'unsafe-word' }),
      );
      expect(() => serverCommands({ kind, backend: name, server: { ...spec, name: 's' } })).toThrow(/cannot be said/);
    }
    expect(() => deleteCommands('b', name, false)).toThrow(/cannot be said/);
  });

  test.each(['x;y', 'x\ny', 'x y', '<<', 'x\\', ''])('as a keyword or address: %j', (word) => {
    const { server } = op('add', 'server s 10.0.0.1:80');
    for (const change of [{ keywords: ['check', word] }, { address: word }]) {
      expect(() => serverCommands({ kind: 'add', backend: 'b', server: { ...server, ...change } })).toThrow(/cannot be said/);
    }
  });

  test.each(['x;y', 'x\ny', 'x y', '', '\n'])('in a map: %j', (word) => {
    for (const entry of [
      [word, 'b'],
      ['k', word],
    ] as const) {
      expect(() => fillMap('/m', '1', { kind: 'map', name: 'm', entries: [entry] })).toThrow(/cannot be said/);
    }
    expect(() => prepareMap(word)).toThrow(/cannot be said/);
  });

  test('an address that is a host name is not sent as one', () => {
    expect(() => serverCommands(op('address', 'server s example.com:80'))).toThrow(/cannot be said/);
  });
});

test('maps are filled in chunks below the buffer of HAProxy, in their order', () => {
  const entries = Array.from({ length: 2000 }, (_, at) => [`host-${at}.example.com`, `backend_${at}`] as const);
  const commands = fillMap('/etc/haproxy/domain2backend.map', '4', { kind: 'map', name: 'domain2backend.map', entries });
  expect(commands.at(-1)).toBe('commit map @4 /etc/haproxy/domain2backend.map');
  expect(Math.max(...commands.map((command) => command.length))).toBeLessThan(14_000);
  const first = 'add map @4 /etc/haproxy/domain2backend.map <<\n';
  expect(commands.slice(0, -1).every((command) => command.startsWith(first) && command.endsWith('\n'))).toBe(true);
  const payload = commands.slice(0, -1).map((command) => command.slice(first.length));
  expect(payload.join('')).toBe(entries.map(([key, value]) => `${key} ${value}\n`).join(''));
  expect(fillMap('/m', '1', { kind: 'map', name: 'm', entries: [] })).toEqual(['commit map @1 /m']);
});

test('an entry that is longer than a command should be has one for itself, and none is empty', () => {
  const long = 'x'.repeat(12_020);
  const entries: [string, string][] = [
    ['a', long],
    ['b', long],
    ['c', '1'],
  ];
  expect(fillMap('/m', '1', { kind: 'map', name: 'm', entries }).map((command) => command.replaceAll(long, 'LONG'))).toEqual([
    'add map @1 /m <<\na LONG\n',
    'add map @1 /m <<\nb LONG\n',
    'add map @1 /m <<\nc 1\n',
    'commit map @1 /m',
  ]);
});
