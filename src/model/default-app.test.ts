import { expect, it } from 'vitest';
import { service } from '../../test/support/rendering/documents.ts';
import { withDefaultApp } from './default-app.ts';

const services = [service(1), service(2, {}, { hostPatterns: ['*.a.test'] })];

it('gives the service a pattern after its own ones, and each time the same object', () => {
  const first = withDefaultApp(services, { app: '/app-2', index: 0 });
  expect(first).toEqual({ services: [services[0], { ...services[1], hostPatterns: ['*.a.test', '**'] }], problems: [] });
  expect(withDefaultApp(services, { app: '/app-2', index: 0 }).services[1]).toBe(first.services[1]);
});

it('changes nothing without a name', () => {
  expect(withDefaultApp(services, undefined)).toEqual({ services, problems: [] });
  expect(withDefaultApp(services, undefined).services).toBe(services);
});

it.each([
  ['/app-3', 0, services],
  ['/app-1', 1, services],
  ['/app-1', 0, [service(1, {}, { mode: 'tcp' })]],
])('reports that %s:%i gets nothing', (app, index, all) => {
  const found = withDefaultApp(all, { app, index });
  expect(found.services).toBe(all);
  expect(found.problems).toMatchObject([{ code: 'default-app-unserved', app }]);
});
