import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainApp } from '../../src/explain/app/explain-app.ts';
import { tellApp } from '../../src/explain/tell.ts';
import { build } from '../../src/model/build.ts';
import { isNote } from '../../src/model/problem.ts';
import { outcomeOf, settingsOf, snapshotOf } from '../support/rendering/golden.ts';

interface Definition {
  readonly id: string;
}

/** Definitions with the labels that public ones have; each gets a task. */
const apps = (JSON.parse(readFileSync('test/fixtures/field-values/labels.json', 'utf8')) as readonly Definition[]).map(
  (app, at) => ({
    ...app,
    tasks: [{ id: `${app.id.slice(1)}.1`, host: '10.0.0.1', ports: [31_000 + at], state: 'TASK_RUNNING' }],
  }),
);

const options = { args: ['--group', 'external'] };
const settings = settingsOf(options);
const snapshot = snapshotOf(apps, options);
const { services, problems } = build(snapshot, settings.model);
const { document } = outcomeOf(apps, options);

function explained(id: string): string {
  return tellApp(explainApp({ snapshot, settings: settings.model, services, problems, document }, id));
}

function told(id: string): readonly string[] {
  return problems.filter(({ app }) => app === id).map((one) => `${isNote(one) ? 'note' : 'problem'} ${one.code} ${one.label}`);
}

function hostsOf(id: string): readonly string[] {
  return services.find(({ app }) => app === id)?.vhosts ?? [];
}

describe('labels as people write them', () => {
  it.each([
    ['/vhosturl', 'u.example.com'],
    ['/vhostport', 'p.example.com'],
  ])('%s: the host is taken, with a note', (id, host) => {
    expect(hostsOf(id)).toEqual([host]);
    expect(told(id)).toEqual(['note label-adjusted HAPROXY_0_VHOST']);
    expect(explained(id)).toContain(`from host ${host}`);
  });

  it.each(['/emptylabels', '/vhostspace', '/multi', '/sslbind', '/ipv6'])('%s has no problem', (id) => {
    expect(told(id)).toEqual([]);
    expect(services.some(({ app }) => app === id)).toBe(true);
  });

  it.each([
    ['/vhostwild', 'w.example.com', 'HAPROXY_0_VHOST'],
    ['/pathnoslash', 'n.example.com', 'HAPROXY_0_PATH'],
  ])('%s: no host of it is called served, its port is', (id, host, label) => {
    expect(hostsOf(id)).toEqual([]);
    expect(told(id)).toEqual([`problem label-malformed ${label}`]);
    expect(explained(id)).toContain('from port');
    expect(explained(id)).not.toContain('from host');
    expect(document.sections.flatMap(({ blocks }) => blocks.map(({ text }) => text)).join('')).not.toContain(host);
  });

  it('several paths and hosts are all served', () => {
    expect(hostsOf('/vhostspace')).toEqual(['s1.example.com', 's2.example.com']);
    expect(services.find(({ app }) => app === '/multi')).toMatchObject({ path: '/a /b' });
  });
});
