/** A label is one row: these are read, saved, linted, rendered, explained and in the manual without another line of code. */
import { describe, expect, it } from 'vitest';
import type { Workload } from '../../src/model/workload.ts';
import { workload } from '../support/workload.ts';
import type { LabelRow } from '../../src/model/labels/rows/row.ts';
import { labels } from '../../src/model/labels/table.ts';

const made: readonly LabelRow[] = [
  {
    name: 'LATE',
    group: 'rewriting',
    per: 'service',
    type: 'word',
    description: 'Comes late.',
    example: 'x',
    trait: (value) => `comes late as ${value}`,
    renders: { into: 'backend', stage: 'headers', lines: (value, { backend }) => [`late ${value} of ${backend}`] },
  },
  {
    name: 'EARLY',
    group: 'protection',
    per: 'service',
    type: 'integer',
    description: 'Comes early.',
    example: '7',
    needs: 'http',
    renders: { into: 'backend', stage: 'deny', lines: (value) => [`early ${value}`, 'early too'] },
  },
  {
    name: 'OWN',
    group: 'service ports',
    per: 'service',
    type: 'boolean',
    refused: 'label',
    description: 'Is in the own frontend.',
    example: 'true',
    renders: { into: 'frontend', stage: 'limits', lines: (value) => (value ? ['own on'] : ['own off']) },
  },
  {
    name: 'WORDS',
    group: 'connections',
    per: 'service',
    type: 'integer',
    refused: 'label',
    description: 'Is in each server line.',
    example: '100',
    renders: { into: 'server', stage: 'connections', lines: (value) => [`maxconn ${value}`] },
  },
];
(labels as unknown as LabelRow[]).push(...made);

// Only now: the look-ups are made when these files are loaded.
const { plainRender } = await import('../support/rendering/render-settings.ts');
const { build } = await import('../../src/model/build.ts');
const { render } = await import('../../src/render/render.ts');
const { print } = await import('../../src/render/document.ts');
const { createLibrary } = await import('../../src/render/templates/library.ts');
const { readDefinition } = await import('../../src/engine/state/last-good-schema.ts');
const { definitionOf } = await import('../../src/engine/quarantine/fallback.ts');
const { findOffendingLabel } = await import('../../src/engine/alerts/offending-label.ts');
const { traitsOf } = await import('../../src/explain/app/traits.ts');
const { labelsManual } = await import('../../src/config/options/manual.ts');

const OWN = { LATE: 'x', EARLY: ' 7 ', OWN: 'true', WORDS: '100' };

function served(own: Readonly<Record<string, string>>, change: Partial<Workload> = {}) {
  const ofService = Object.entries(own).map(([name, value]) => [`HAPROXY_0_${name}`, value] as const);
  const app = workload({
    id: '/shop',
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', ...Object.fromEntries(ofService) },
    servicePorts: [10_000],
    tasks: [{ id: 'a', host: '10.0.0.1', ports: [31_000] }],
    ...change,
  });
  const snapshot = { workloads: [app], addresses: new Map<string, string>(), health: new Map<string, boolean>(), rejected: [] };
  return build(snapshot, { groups: ['external'], strictMode: false, healthCheck: false });
}

function sectionsOf(model: ReturnType<typeof served>): readonly string[] {
  const { document } = render(model.services, plainRender, createLibrary(plainRender));
  return print(document).split(/^(?=\w)/m);
}

describe('a made-up row', () => {
  it('is read and rendered, by the order of effects', () => {
    const sections = sectionsOf(served({ VHOST: 'a.test', ...OWN }));
    const backend = sections.find((each) => each.startsWith('backend shop_10000'));
    expect(backend).toMatch(
      /  early 7\n  early too\n  late x of shop_10000\n  server \S+ 10\.0\.0\.1:31000 id \d+ maxconn 100\n/,
    );
    expect(sections.find((each) => each.startsWith('frontend shop_10000'))).toMatch(/  mode http\n  own on\n  use_backend/);
  });

  it('has no effect without what it needs', () => {
    const model = served({ MODE: 'tcp', ...OWN });
    expect(model.problems.map(({ code, label }) => [code, label])).toEqual([['label-useless', 'HAPROXY_0_EARLY']]);
    expect(sectionsOf(model).join('')).not.toContain('early');
  });

  it('costs what the row says if it is malformed', () => {
    expect(served({ EARLY: 'soon' }).services).toEqual([]);
    const model = served({ WORDS: 'many' });
    expect(model.problems.map(({ label }) => label)).toEqual(['HAPROXY_0_WORDS']);
    expect(model.services[0]?.typed).toBeUndefined();
  });

  it('outlives a restart, and is checked then', () => {
    const [service] = served(OWN).services;
    const saved = JSON.parse(JSON.stringify(service && definitionOf(service))) as { typed: object };
    expect(readDefinition(saved)?.typed).toEqual({ LATE: 'x', EARLY: 7, OWN: true, WORDS: 100 });
    expect(readDefinition({ ...saved, typed: { ...saved.typed, LATE: 'x\nbackend y' } })).toBeNull();
    expect(readDefinition({ ...saved, typed: { ...saved.typed, OTHER: 'x' } })).toBeNull();
  });

  it('is explained, named for an alert, and in the manual', () => {
    const [service] = served(OWN).services;
    expect(service && traitsOf(service)).toContain('comes late as x (LATE)');
    expect(service && findOffendingLabel(service, '  early too')).toBe('HAPROXY_0_EARLY');
    expect(labelsManual()).toContain('| `HAPROXY_{n}_LATE` | word | Comes late. |');
  });

  it('keeps, in the line of a server, what the definition says that the server was started from', () => {
    const [service] = served(OWN).services;
    if (service === undefined) throw new Error('no service');
    const [server] = service.servers;
    if (server === undefined) throw new Error('no server');
    const own = { templates: {}, typed: { WORDS: 5 } };
    const services = [{ ...service, servers: [server, { ...server, taskId: 'b', port: 31_001, own }] }];
    const text = print(render(services, plainRender, createLibrary(plainRender)).document);
    expect(text).toMatch(/:31000 id \d+ maxconn 100\n/);
    expect(text).toMatch(/:31001 id \d+ maxconn 5\n/);
  });
});
