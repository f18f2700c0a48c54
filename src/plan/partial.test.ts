import { expect, test } from 'vitest';
import { documentOf, service } from '../../test/support/rendering/documents.ts';
import type { Service } from '../model/service.ts';
import { type ConfigDocument, ServerLine } from '../render/document.ts';
import type { MapFile } from '../render/files/map.ts';
import { interim } from './partial.ts';

const documentWith = (...services: Service[]) => documentOf(services, '/run', 25_000);
const server = (port: number) => ({ taskId: `t${port}`, host: 'agent', ip: '10.0.0.1', port, draining: false });
const app = (id: number, labels: Record<string, string>, ...ports: number[]) =>
  service(id, labels, { servers: ports.map(server) });

const withId = (document: ConfigDocument): ConfigDocument => ({
  ...document,
  sections: document.sections.map((section) => ({
    ...section,
    servers:
      section.servers?.map(
        ({ name, taskId, text }, at) => new ServerLine({ name, taskId, text: text.replace('\n', ` id ${at + 7}\n`) }),
      ) ?? [],
  })),
});

test('servers, also of backends that differ in more; all else stays as it is', () => {
  const current = documentWith(app(1, {}, 1), app(2, {}, 2), app(3, {}, 3));
  const next = documentWith(app(1, {}, 1, 11), app(2, { BACKEND: '  retries 2\n' }, 2, 12), app(4, {}, 4));
  const found = interim(current, next);
  expect(found?.document).toEqual(documentWith(app(1, {}, 1, 11), app(2, {}, 2, 12), app(3, {}, 3)));
  expect(found?.plan.ops).toMatchObject([
    { kind: 'add', backend: 'app-1_10001', server: { name: 'agent_11' } },
    { kind: 'add', backend: 'app-2_10002', server: { name: 'agent_12' } },
  ]);
});

test('what only a reload can do is left alone', () => {
  const current = documentWith(app(1, {}, 1));
  expect(interim(current, documentWith(app(1, {}, 1), app(2, {}, 2)))).toBeUndefined();
  expect(interim(current, documentWith(app(1, { SERVER: ' maxconn 3' }, 1), app(2, {}, 2)))).toBeUndefined();
});

test('the id of a server, which is like no other, does not matter', () => {
  const next = withId(documentWith(app(1, { BACKEND: '  retries 2\n' }, 1, 11)));
  expect(interim(withId(documentWith(app(1, {}, 1))), next)?.plan.ops).toHaveLength(1);
});

test('a backend that differs in more gets no servers that are written in another way', () => {
  const current = documentWith(app(1, {}, 1));
  const next = documentWith(app(1, { BACKEND: '  retries 2\n', SERVER: ' maxconn 3' }, 1, 11));
  expect(interim(current, next)).toBeUndefined();
});

const withFiles = (document: ConfigDocument, ...files: MapFile[]): ConfigDocument => ({ ...document, files });
const map = (name: string, ...entries: [string, string][]): MapFile => ({ kind: 'map', name, entries });

test('values of labels that HAProxy looks up go live, and a map of hosts does not', () => {
  const before = withFiles(documentWith(app(1, {}, 1)), map('domain2backend.map'), map('labels.map'));
  const values = map('labels.map', ['maintenance:app-1_10001', 'Back%20soon']);
  const after = withFiles(
    documentWith(app(1, {}, 1), app(2, {}, 2)),
    map('domain2backend.map', ['a.test', 'app-2_10002']),
    values,
  );
  const found = interim(before, after);
  expect(found?.document.files).toEqual([map('domain2backend.map'), values]);
  expect(found?.plan.ops).toEqual([{ kind: 'file', file: values }]);
  // HAProxy knows no map that its configuration does not name.
  expect(interim(documentWith(app(1, {}, 1)), after)).toBeUndefined();
});
