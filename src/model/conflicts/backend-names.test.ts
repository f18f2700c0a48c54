import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import { withoutNameConflicts } from './backend-names.ts';
import type { Service } from '../service.ts';

function claimed(app: string, index = 0, since = '2026-01-01T00:00:00.000Z'): Service {
  return service(1, {}, { app, index, since, backend: 'a_b_10000' });
}

describe('withoutNameConflicts', () => {
  it('gives the very list back where nothing conflicts', () => {
    const services = [service(1), service(2)];
    expect(withoutNameConflicts(services)).toEqual({ services, problems: [] });
    expect(withoutNameConflicts(services).services).toBe(services);
  });

  it('leaves the name to the app whose definition is older', () => {
    const services = [claimed('/a/b'), claimed('/a_b', 0, '2025-01-01T00:00:00.000Z'), service(3)];
    const { services: left, problems } = withoutNameConflicts(services);
    expect(left.map((each) => each.app)).toEqual(['/a_b', '/app-3']);
    expect(problems).toMatchObject([{ code: 'name-conflict', app: '/a/b', service: 'a_b_10000', label: 'HAPROXY_0_PORT' }]);
    expect(problems[0]?.detail).toContain('/a_b');
  });

  it('goes by id, then by index, where both are of one age', () => {
    const services = [claimed('/a_b'), claimed('/a/b', 1), claimed('/a/b', 0)];
    const { services: left, problems } = withoutNameConflicts(services);
    expect(left).toEqual([services[2]]);
    expect(problems.map(({ app: id, label }) => [id, label])).toEqual([
      ['/a_b', 'HAPROXY_0_PORT'],
      ['/a/b', 'HAPROXY_1_PORT'],
    ]);
  });
});
