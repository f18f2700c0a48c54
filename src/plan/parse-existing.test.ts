import { describe, expect, test } from 'vitest';
import { documentOf, service } from '../../test/support/rendering/documents.ts';
import { type ConfigDocument, print } from '../render/document.ts';
import { printFile } from '../render/files/kinds.ts';
import type { MapFile } from '../render/files/map.ts';
import { documentOnDisk } from './parse-existing.ts';
import { plan } from './plan.ts';

const server = (port: number) => ({ taskId: `t${port}`, host: 'agent', ip: '10.0.0.1', port, draining: false });
const app = (id: number, labels: Record<string, string>, ...ports: number[]) =>
  service(id, labels, { servers: ports.map(server) });
const map = (...keys: string[]): MapFile => ({
  kind: 'map',
  name: 'domain2backend.map',
  entries: keys.map((key) => [key, 'app-1_10001'] as const),
});
const documentWith = (services: Parameters<typeof documentOf>[0], ...files: ConfigDocument['files']): ConfigDocument => ({
  ...documentOf(services, '/run', 25_000),
  files,
});
const written = (doc: ConfigDocument, change: (text: string) => string = (text) => text) => ({
  config: change(print(doc)),
  files: new Map(doc.files.map((each) => [each.name, printFile(each)])),
});

describe('files that differ in servers and maps only', () => {
  const before = documentWith([app(1, {}, 1, 2), app(2, {}, 3), app(3, {}, 4)], map('a'));
  const after = documentWith([app(1, {}, 2, 5), app(2, {}, 3), app(3, {}, 6)], map('a', 'b'));

  test('are a document again', () => {
    const found = documentOnDisk(written(before), after);
    expect(found && print(found)).toBe(print(before));
    expect(found?.files).toEqual(before.files);
    expect(documentOnDisk(written(after), after)).toEqual(after);
  });

  test('are brought up to date without a reload', () => {
    expect({ ...plan(undefined, written(before), after), changes: [] }).toEqual({
      ...plan(before, undefined, after),
      changes: [],
    });
    expect(plan(undefined, written(before), after)).toMatchObject({
      kind: 'runtime',
      ops: [
        { kind: 'add', backend: 'app-1_10001', server: { name: 'agent_5' } },
        { kind: 'add', backend: 'app-3_10003', server: { name: 'agent_6' } },
        { kind: 'file' },
        { kind: 'remove', backend: 'app-1_10001', server: { name: 'agent_1' } },
        { kind: 'remove', backend: 'app-3_10003', server: { name: 'agent_4' } },
      ],
    });
  });

  test('of a backend without servers, too', () => {
    const [next, none] = [documentWith([app(1, {}, 1), app(2, {}, 2)]), documentWith([app(1, {}), app(2, {})])];
    expect(documentOnDisk(written(none), next)).toEqual(none);
    expect(documentOnDisk(written(next), none)?.sections.at(-1)?.servers).toMatchObject([{ name: 'agent_2' }]);
  });
});

describe('files that differ in more are no document', () => {
  const doc = documentWith([app(1, {}, 1), app(2, {}, 2)]);
  const next = documentWith([app(1, {}, 1, 11), app(2, {}, 2)]);

  test.each<[string, (text: string) => string]>([
    ['an option', (text) => text.replace('balance roundrobin', 'balance leastconn')],
    ['a line among the servers', (text) => text.replace('  server agent_1 ', '  retries 3\n  server agent_1 ')],
    ['a server that is not understood', (text) => text.replace('10.0.0.1:1\n', '10.0.0.1:1 check-sni "x"\n')],
    ['more at the end', (text) => `${text}# by hand\n`],
    ['another section', (text) => `${text}\nbackend other\n`],
    ['less at the end', (text) => text.slice(0, text.indexOf('backend app-2'))],
    ['a cut line', (text) => text.slice(0, -4)],
    ['no empty line', (text) => text.replace('\n\nbackend app-2', '\nbackend app-2')],
    ['nothing', () => ''],
  ])('%s', (_, change) => {
    const disk = written(doc, change);
    expect(disk.config).not.toBe(print(doc));
    expect(plan(undefined, disk, next)).toEqual({ kind: 'reload', reasons: ['configuration on disk differs'], changes: [] });
  });

  test('a map that is missing, strange, or not wanted any more', () => {
    const withMap = documentWith([app(1, {}, 1)], map('a'));
    for (const text of [undefined, 'a\n', 'a b c\n', '# a b\n']) {
      const files = new Map(text === undefined ? [] : [['domain2backend.map', text] as const]);
      expect(documentOnDisk({ config: print(withMap), files }, withMap)).toBeUndefined();
    }
    expect(documentOnDisk(written(withMap), documentWith([app(1, {}, 1)]))).toBeUndefined();
  });
});
