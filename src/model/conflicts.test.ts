import { describe, expect, it } from 'vitest';
import { service } from '../../test/support/documents.ts';
import { withoutNameConflicts } from './conflicts.ts';
import type { Service } from './service.ts';
import type { App } from './snapshot.ts';

function claimed(app: string, index = 0): Service {
  return service(1, {}, { app, index, backend: 'a_b_10000' });
}

function app(id: string, changed?: string): App {
  return { id, labels: {}, tasks: [], versionInfo: { lastConfigChangeAt: changed }, version: '2030-01-01T00:00:00.000Z' };
}

describe('withoutNameConflicts', () => {
  it('gives the very list back where nothing conflicts', () => {
    const services = [service(1), service(2)];
    expect(withoutNameConflicts(services, [])).toEqual({ services, problems: [] });
    expect(withoutNameConflicts(services, []).services).toBe(services);
  });

  it('leaves the name to the app whose definition is older, whatever it was scaled since', () => {
    const services = [claimed('/a/b'), claimed('/a_b'), service(3)];
    const apps = [app('/a/b', '2026-01-01T00:00:00.000Z'), app('/a_b', '2025-01-01T00:00:00.000Z')];
    const { services: left, problems } = withoutNameConflicts(services, apps);
    expect(left.map((each) => each.app)).toEqual(['/a_b', '/app-3']);
    expect(problems).toMatchObject([{ code: 'name-conflict', app: '/a/b', service: 'a_b_10000', label: 'HAPROXY_0_PORT' }]);
    expect(problems[0]?.detail).toContain('/a_b');
  });

  it('goes by id, then by index, where both are of one age', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const services = [claimed('/a_b'), claimed('/a/b', 1), claimed('/a/b', 0)];
    const { services: left, problems } = withoutNameConflicts(services, [app('/a_b', at), app('/a/b', at)]);
    expect(left).toEqual([services[2]]);
    expect(problems.map(({ app: id, label }) => [id, label])).toEqual([
      ['/a_b', 'HAPROXY_0_PORT'],
      ['/a/b', 'HAPROXY_1_PORT'],
    ]);
  });
});
