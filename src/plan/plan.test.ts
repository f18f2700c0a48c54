import { describe, expect, test } from 'vitest';
import { documentOf, service } from '../../test/support/rendering/documents.ts';
import type { Service } from '../model/service.ts';
import type { ConfigDocument } from '../render/document.ts';
import { print } from '../render/document.ts';
import { plan } from './plan.ts';

const documentWith = (...services: Service[]): ConfigDocument => documentOf(services, '/run', 25_000);
const server = (port: number, host = 'agent') => ({ taskId: `t${port}`, host, ip: '10.0.0.1', port, draining: false });
const onDisk = (doc: ConfigDocument, maps: [string, string][] = []) => ({ config: print(doc), files: new Map(maps) });
const reasons = (current: ConfigDocument, next: ConfigDocument) => {
  const made = plan(current, undefined, next);
  return made.kind === 'nothing' ? [] : made.reasons;
};

describe('what HAProxy runs is known', () => {
  test('the same object, and equal text in other objects, is nothing to do', () => {
    const doc = documentWith(service(1));
    expect(plan(doc, undefined, doc)).toEqual({ kind: 'nothing' });
    expect(plan(doc, undefined, structuredClone(doc))).toEqual({ kind: 'nothing' });
  });

  test('new and gone backends, and the shared frontend that routes to them', () => {
    expect(reasons(documentWith(service(1)), documentWith(service(1), service(2)))).toEqual([
      'frontend marathon_http_in changed',
      'backend app-2_10002 is new',
    ]);
    expect(reasons(documentWith(service(1), service(2)), documentWith(service(1)))).toEqual([
      'frontend marathon_http_in changed',
      'backend app-2_10002 is gone',
    ]);
  });

  test('servers by name: added, removed, changed', () => {
    const before = documentWith(service(1, {}, { servers: [server(1), server(2)] }));
    const after = documentWith(service(1, {}, { servers: [server(1), { ...server(2), ip: '10.0.0.2' }, server(3)] }));
    expect(reasons(before, after)).toEqual(['servers of backend app-1_10001 changed (+agent_3 ~agent_2)']);
    expect(reasons(after, documentWith(service(1, {}, { servers: [server(1)] })))).toEqual([
      'servers of backend app-1_10001 changed (-agent_2 -agent_3)',
    ]);
  });

  test('a long list of servers is cut', () => {
    const servers = Array.from({ length: 20 }, (_, port) => server(port));
    expect(reasons(documentWith(service(1)), documentWith(service(1, {}, { servers })))[0]).toMatch(/ and 13 more\)$/);
  });

  test('the order of servers is a change', () => {
    const [one, two] = [server(1), server(2)];
    const before = documentWith(service(1, {}, { servers: [one, two] }));
    expect(reasons(before, documentWith(service(1, {}, { servers: [two, one] })))).toEqual([
      'servers of backend app-1_10001 changed (order)',
    ]);
    expect(plan(before, undefined, documentWith(service(1, {}, { servers: [two, one] })))).toMatchObject({
      kind: 'runtime',
      ops: [],
    });
  });

  test('anything but servers is a changed section, the head by name', () => {
    expect(reasons(documentWith(service(1)), documentWith(service(1, {}, { balance: 'leastconn' })))).toEqual([
      'backend app-1_10001 changed',
    ]);
    expect(reasons(documentWith(), { ...documentWith(), sections: documentOf([], '/other', 25_000).sections })).toEqual([
      'the head changed',
    ]);
  });

  test('the order of sections is a change', () => {
    const doc = documentWith(service(1), service(2));
    expect(reasons(doc, { ...doc, sections: doc.sections.toReversed() })).toEqual(['the order of sections changed']);
  });

  test('sections shared by both documents do not hide what is between them', () => {
    const doc = documentWith(service(1), service(2), service(3));
    const [first, second] = [doc.sections.slice(0, 3), doc.sections.slice(4)];
    const middle = documentWith(service(2, {}, { balance: 'first' })).sections.slice(2);
    const next = { ...doc, sections: [...first, ...middle, ...second] };
    expect(reasons(doc, next)).toEqual(['backend app-2_10002 changed']);
    expect(reasons(doc, { ...doc, sections: [...first, ...second] })).toEqual(['backend app-2_10002 is gone']);
    expect(reasons({ ...doc, sections: [...first, ...second] }, doc)).toEqual(['backend app-2_10002 is new']);
    expect(plan(doc, undefined, { ...doc, sections: [...doc.sections] })).toEqual({ kind: 'nothing' });
  });

  test('maps by name, with what came and went', () => {
    const doc = documentWith(service(1));
    const map = (...entries: [string, string][]) => ({
      ...doc,
      files: [{ kind: 'map' as const, name: 'domain2backend.map', entries }],
    });
    expect(reasons(map(['a', 'x'], ['b', 'y']), map(['a', 'x'], ['b', 'z'], ['c', 'z']))).toEqual([
      'map domain2backend.map changed (+2 -1)',
    ]);
    expect(reasons(map(['a', 'x']), map(['a', 'x']))).toEqual([]);
    expect(reasons(doc, map(['a', 'x']))).toEqual(['map domain2backend.map changed (+1 -0)']);
  });

  test('files that somebody else changed are written again', () => {
    const doc = documentWith(service(1));
    expect(plan(doc, { config: 'other', files: new Map() }, doc)).toEqual({
      kind: 'reload',
      reasons: ['configuration on disk differs'],
      changes: [],
    });
  });
});

describe('only the files are known', () => {
  const doc = documentWith(service(1));

  test('equal files are nothing to do, an emptied map too', () => {
    expect(plan(undefined, onDisk(doc), doc)).toEqual({ kind: 'nothing' });
    expect(plan(undefined, onDisk(doc, [['domain2backend.map', '']]), doc)).toEqual({ kind: 'nothing' });
  });

  test('other text, a left-over map, no file, nothing read', () => {
    const differs = { kind: 'reload', reasons: ['configuration on disk differs'], changes: [] };
    expect(plan(undefined, onDisk(documentWith()), doc)).toEqual(differs);
    expect(plan(undefined, onDisk(doc, [['domain2backend.map', 'a b\n']]), doc)).toEqual(differs);
    expect(plan(undefined, undefined, doc)).toEqual(differs);
    expect(plan(undefined, { config: undefined, files: new Map() }, doc)).toEqual({
      kind: 'reload',
      reasons: ['there is no configuration on disk'],
      changes: [],
    });
  });
});
