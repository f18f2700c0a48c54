import { describe, expect, test } from 'vitest';
import { head } from '../../../test/support/rendering/documents.ts';
import { type ConfigDocument, type Section, ServerLine } from '../../render/document.ts';
import type { MapFile } from '../../render/files/map.ts';
import { findDrift } from './drift.ts';
import type { ServerState } from '../runtime/replies.ts';

const LINE = new ServerLine({ name: 's1', taskId: 't1', text: '  server s1 10.0.0.1:80\n' });
const S1: ServerState = {
  backend: 'b',
  name: 's1',
  host: '10.0.0.1',
  port: '80',
  fqdn: '-',
  weight: 1,
  maintenance: false,
  draining: false,
  isDown: false,
  check: 'none',
  agent: 'none',
};

function doc(text: string, files: readonly MapFile[] = []): ConfigDocument {
  const backend: Section = { kind: 'backend', name: 'b', blocks: [{ text: `backend b\n${text}` }], servers: [LINE] };
  return { sections: [head('/x'), backend], files };
}

function found(text: string, servers: readonly ServerState[]): readonly string[] {
  return findDrift(doc(text), { backends: ['b'], servers, frontends: [], files: new Map() }, () => false).texts;
}

describe('what HAProxy has beside the lines of tasks', () => {
  test('servers of a template stay, strange ones do not', () => {
    const others = ['sorry', 'extra1', 'extra12', 'extra', 'other'].map((name) => ({ ...S1, name }));
    expect(found('  server sorry 10.0.0.9:80 backup\n  server-template extra 12 x.test:80\n', [S1, ...others])).toEqual([
      'server b/extra is there, but not in the configuration',
      'server b/other is there, but not in the configuration',
    ]);
  });

  test('weight and state are not known where servers have defaults', () => {
    const changed = { ...S1, weight: 10, port: '81' };
    expect(found('', [changed])).toHaveLength(2);
    expect(found('  default-server weight 10\n', [changed])).toEqual([
      'server b/s1 has the address 10.0.0.1:81 instead of 10.0.0.1:80',
    ]);
  });

  test('a server that follows another one may be down without checks of its own', () => {
    const down = { ...S1, isDown: true };
    expect(found('', [down])).toEqual(['server b/s1 is down, though nothing checks it']);
    const tracking = new ServerLine({ name: 's1', taskId: 't1', text: '  server s1 10.0.0.1:80 track other/s1\n' });
    const [top, backend] = doc('').sections as [Section, Section];
    const actual = { backends: ['b'], servers: [down], frontends: [], files: new Map() };
    expect(findDrift({ sections: [top, { ...backend, servers: [tracking] }], files: [] }, actual, () => false).texts).toEqual([]);
  });

  test('a map that nothing refers to is unknown to HAProxy, and fine', () => {
    const files: MapFile[] = [{ kind: 'map', name: 'domain2backend.map', entries: [] }];
    const actual = {
      backends: ['b'],
      servers: [S1],
      frontends: [],
      files: new Map([['domain2backend.map', 'missing' as const]]),
    };
    const rule = '  use_backend %[req.hdr(host),map(/x/domain2backend.map)]\n';
    expect(findDrift(doc('', files), actual, () => false).texts).toEqual([]);
    expect(findDrift(doc(rule, files), actual, () => false).texts).toEqual(['map domain2backend.map has other content']);
  });
});
