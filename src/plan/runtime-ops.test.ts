import { describe, expect, test } from 'vitest';
import { type ConfigDocument, type Section, ServerLine } from '../render/document.ts';
import { MAX_OPS } from './runtime-ops.ts';
import { plan } from './plan.ts';
import type { Plan } from './operations.ts';

function doc(
  lines: readonly string[],
  more: { head?: string; backend?: string; entries?: [string, string][] } = {},
): ConfigDocument {
  const servers = lines.map((text) => {
    const name = text.trim().split(/\s+/)[1] ?? '';
    return new ServerLine({ name, taskId: name, text: `  ${text}\n` });
  });
  const sections: Section[] = [
    { kind: 'head', name: 'head', blocks: [{ text: more.head ?? 'global\n' }] },
    { kind: 'backend', name: 'b', blocks: [{ text: `backend b\n${more.backend ?? ''}` }], servers },
  ];
  return {
    sections,
    files: more.entries === undefined ? [] : [{ kind: 'map', name: 'domain2backend.map', entries: more.entries }],
  };
}

const planned = (before: readonly string[], after: readonly string[], more = {}): Plan =>
  plan(doc(before, more), undefined, doc(after, more));

const many = (count: number) => Array.from({ length: count }, (_, at) => `server s${at} 10.0.0.1:${at + 1}`);

/** `add b/s2`, or the reasons of a reload. */
function short(made: Plan): readonly string[] {
  if (made.kind === 'nothing') return [];
  if (made.kind === 'reload') return ['reload', ...made.reasons.slice(1)];
  return made.ops.map((op) =>
    'server' in op ? `${op.kind} ${op.backend}/${op.server.name}` : op.kind === 'file' ? `map ${op.file.name}` : op.kind,
  );
}

const A = 'server a 10.0.0.1:80 id 1';
const B = 'server b 10.0.0.2:80 id 2 check';

describe('without a reload', () => {
  test.each<[string, string[], string[], string[]]>([
    ['added', [A], [A, B], ['add b/b']],
    ['removed', [A, B], [B], ['remove b/a']],
    ['first those that come, then those that go', [A], [B], ['add b/b', 'remove b/a']],
    ['drains', [A, B], [`${A} disabled`, B], ['disable b/a']],
    ['is back', [`${A} disabled`], [A], ['enable b/a']],
    ['weight', [A], [`${A} weight 7`], ['weight b/a']],
    ['address', [A], ['server a 10.0.0.9:81 id 1'], ['address b/a']],
    ['all at once', [A], ['server a 10.0.0.9:81 id 1 weight 7 disabled'], ['address b/a', 'weight b/a', 'disable b/a']],
    ['order alone', [A, B], [B, A], []],
    ['a comment', [A], [`${A} # of /shop`], []],
    ['other blanks', [A], ['server  a\t10.0.0.1:80   id 1'], []],
  ])('%s', (_, before, after, ops) => {
    const made = planned(before, after);
    expect(made.kind).toBe('runtime');
    expect(short(made)).toEqual(ops);
  });

  test('says why', () => expect(planned([A], [B])).toMatchObject({ reasons: ['servers of backend b changed (+b -a)'] }));

  test('maps with other content', () => {
    const made = plan(doc([A], { entries: [['x', 'b']] }), undefined, doc([A, B], { entries: [['y', 'b']] }));
    expect(short(made)).toEqual(['add b/b', 'map domain2backend.map']);
  });

  test('what is read from a line', () => {
    expect(planned([A], [A, 'server b 10.0.0.2:80 check cookie disabled weight 5 disabled agent-check'])).toMatchObject({
      ops: [
        {
          kind: 'add',
          server: {
            address: '10.0.0.2:80',
            keywords: ['check', 'cookie', 'disabled', 'agent-check'],
            weight: 5,
            disabled: true,
            check: true,
            agent: true,
          },
        },
      ],
    });
  });
});

describe('with a reload', () => {
  test.each<[string, string[], string[], RegExp]>([
    ['other keywords', [A], [`${A} check`], /server b\/a has other keywords \(\+check\)/],
    ['another host name', [A], ['server a example.com:80 id 1'], /example\.com:80 is not an IP address and port/],
    ['quotes', [A], [A, 'server b 10.0.0.2:80 sni "str(x)"'], /the text of server b\/b has quotes/],
    ['no server line', [A], [A, 'use-server b if x'], /is not a server line/],
    ['several lines', [A], [A, 'server b 10.0.0.2:80\n  server c 10.0.0.2:81'], /is 2 lines, not one/],
    ['only a comment', [A], [A, '# b'], /is 0 lines, not one/],
  ])('%s', (_, before, after, reason) => {
    const made = planned(before, after);
    expect(made).toMatchObject({ kind: 'reload', reasons: [expect.any(String), expect.stringMatching(reason)] });
  });

  test('default-server in the head or the backend, where servers are added', () => {
    for (const more of [{ head: 'defaults\n  default-server check\n' }, { backend: '  default-server check\n' }]) {
      expect(short(planned([A], [A, B], more))).toEqual(['reload', expect.stringContaining('default-server')]);
      expect(short(planned([A, B], [A], more))).toEqual(['remove b/b']);
    }
  });

  test('anything else than servers: the reasons are those that need it', () => {
    const before = doc([A]);
    const made = plan(before, undefined, doc([A, B], { head: 'global\n  maxconn 5\n' }));
    expect(made).toMatchObject({ kind: 'reload', reasons: ['the head changed'] });
  });

  test('a map that is gone', () => {
    expect(short(plan(doc([A], { entries: [['x', 'b']] }), undefined, doc([A])))).toEqual([
      'reload',
      'map domain2backend.map is gone',
    ]);
  });

  test('too many operations', () => {
    expect(planned([A], [A, ...many(MAX_OPS)]).kind).toBe('runtime');
    expect(short(planned([A], [A, ...many(MAX_OPS + 1)]))).toEqual(['reload', '301 commands at once cost more than a reload']);
  });
});
