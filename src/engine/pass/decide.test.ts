import { expect, it } from 'vitest';
import { settingsOf, snapshotOf } from '../../../test/support/rendering/golden.ts';
import { print } from '../../render/document.ts';
import { render } from '../../render/render.ts';
import { createLibrary } from '../../render/templates/library.ts';
import type { Rejection } from '../quarantine/candidate.ts';
import { decide, NO_PAST, type Past } from './decide.ts';

const options = { args: ['--group', 'external'] };
const settings = settingsOf(options);
const library = createLibrary(settings.render);

function app(number: number, labels: Readonly<Record<string, string>> = {}) {
  return {
    id: `/app-${number}`,
    labels: { HAPROXY_GROUP: 'external', ...labels },
    portDefinitions: [{ port: 10_000 + number }],
    tasks: [{ id: `task-${number}`, host: '127.0.0.1', ports: [31_000 + number], state: 'TASK_RUNNING' }],
  };
}

function decided(apps: readonly object[], past: Past = NO_PAST) {
  return decide(snapshotOf(apps, options), past, {
    model: settings.model,
    render: (services) => render(services, settings.render, library),
  });
}

const MALFORMED = { HAPROXY_0_AUTH: 'no colons' };

it('decides what is served, and renders it', () => {
  const { services, candidates, document, problems, rejected } = decided([app(1), app(2)]);
  expect(services.map(({ app: id }) => id)).toEqual(['/app-1', '/app-2']);
  expect(candidates).toBe(services);
  expect([problems, rejected]).toEqual([[], []]);
  expect(print(document)).toContain('127.0.0.1:31002');
});

it('leaves a service with a malformed label out, or serves its last good definition, and says which', () => {
  const apps = [app(1, MALFORMED), app(2)];
  const first = decided(apps);
  expect(first.services.map(({ app: id }) => id)).toEqual(['/app-2']);
  expect(first.problems).toMatchObject([{ app: '/app-1', detail: expect.stringContaining('left out') }]);
  const [good] = decided([app(1)]).services;
  const second = decided(apps, { ...NO_PAST, lastGood: new Map([['/app-1#0', good!]]) });
  expect(second.services.map(({ app: id }) => id)).toEqual(['/app-1', '/app-2']);
  expect(second.problems).toMatchObject([{ app: '/app-1', detail: expect.stringContaining('last good labels') }]);
});

it('leaves out what HAProxy rejected before, and keeps it as a candidate', () => {
  const [definition] = decided([app(1)]).services;
  const rejection = { message: 'no', definition, servers: definition!.servers, steps: 1, effect: 'nothing' };
  const past = { ...NO_PAST, rejected: new Map([['/app-1#0', rejection as unknown as Rejection]]) };
  const { services, candidates, rejected, document } = decided([app(1), app(2)], past);
  expect(services.map(({ app: id }) => id)).toEqual(['/app-2']);
  expect(candidates.map(({ app: id }) => id)).toEqual(['/app-1', '/app-2']);
  expect(rejected).toMatchObject([{ app: '/app-1', code: 'haproxy-rejected' }]);
  expect(print(document)).not.toContain('31001');
});

it('changes nothing of the past', () => {
  const past: Past = { lastGood: new Map(), rejected: new Map(), holders: new Map() };
  const { holders } = decided([app(1)], past);
  expect(past).toEqual({ lastGood: new Map(), rejected: new Map(), holders: new Map() });
  expect(holders.size).toBeGreaterThan(0);
});
