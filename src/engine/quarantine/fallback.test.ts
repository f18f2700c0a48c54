import { expect, it } from 'vitest';
import { service } from '../../../test/support/rendering/documents.ts';
import type { Model } from '../../model/build.ts';
import type { Problem } from '../../model/problem.ts';
import { withMalformed } from './fallback.ts';

const problem: Problem = { code: 'label-malformed', app: '/app-1', service: 'app-1_10001', detail: 'it is wrong' };
const servers = [{ taskId: 'now', host: 'h', ip: '10.9.9.9', port: 31_999, draining: false }];
const malformed = { app: '/app-1', index: 0, servers, since: 'now', problems: [problem] };
const good = new Map([['/app-1#0', service(1, {}, { since: 'then', lostPort: true })]]);

function model(change: Partial<Model> = {}): Model {
  return { services: [service(0), service(2)], problems: [problem], malformed: [malformed], holders: new Map(), ...change };
}

it('serves a malformed service as it was, in its place, with its tasks', () => {
  const { services, problems } = withMalformed(model(), good);
  expect(services.map(({ app }) => app)).toEqual(['/app-0', '/app-1', '/app-2']);
  expect(services[1]).toEqual({ ...service(1), servers, since: 'now', lostPort: undefined, contested: undefined });
  expect(problems).toEqual([
    { ...problem, detail: 'it is wrong (it is served with its last good labels and its current tasks)' },
  ]);
});

it('leaves out what was never good', () => {
  const { services, problems } = withMalformed(model(), new Map());
  expect(services).toHaveLength(2);
  expect(problems).toEqual([{ ...problem, detail: 'it is wrong (it is left out)' }]);
});

it('takes nothing that another service has meanwhile', () => {
  const port = withMalformed(model({ services: [service(2, {}, { servicePort: 10_001 })] }), good);
  expect(port.services[0]).toMatchObject({ app: '/app-1', lostPort: true });
  const name = withMalformed(model({ services: [service(2, {}, { backend: 'app-1_10001' })] }), good);
  expect(name.services.map(({ app }) => app)).toEqual(['/app-2']);
});

it('is the model itself if nothing is malformed', () => {
  const all = model({ malformed: [] });
  expect(withMalformed(all, good)).toBe(all);
});

it('keeps its port if the other service on it has lost that port', () => {
  const { services } = withMalformed(model({ services: [service(2, {}, { servicePort: 10_001, lostPort: true })] }), good);
  expect(services.find(({ app }) => app === '/app-1')?.lostPort).toBeUndefined();
});
