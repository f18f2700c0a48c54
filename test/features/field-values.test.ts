import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainApp } from '../../src/explain/app/explain-app.ts';
import { formatApp } from '../../src/explain/format.ts';
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
  return formatApp(explainApp({ snapshot, settings: settings.model, services, problems, document }, id));
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

  it.each(['/emptylabels', '/vhostspace', '/vhostwild', '/multi', '/sslbind', '/ipv6'])('%s has no problem', (id) => {
    expect(told(id)).toEqual([]);
    expect(services.some(({ app }) => app === id)).toBe(true);
  });

  it('/pathnoslash: no host of it is called served, its port is', () => {
    expect(hostsOf('/pathnoslash')).toEqual([]);
    expect(told('/pathnoslash')).toEqual(['problem label-malformed HAPROXY_0_PATH']);
    expect(explained('/pathnoslash')).toContain('from port');
    expect(explained('/pathnoslash')).not.toContain('from host');
    const text = document.sections.flatMap(({ blocks }) => blocks.map((block) => block.text)).join('');
    expect(text).not.toContain('n.example.com');
  });

  it('/vhostwild is served for all hosts of its domain', () => {
    expect(services.find(({ app }) => app === '/vhostwild')).toMatchObject({ hostPatterns: ['*.w.example.com'] });
    expect(explained('/vhostwild')).toContain('from host *.w.example.com');
  });

  it('several paths and hosts are all served', () => {
    expect(hostsOf('/vhostspace')).toEqual(['s1.example.com', 's2.example.com']);
    expect(services.find(({ app }) => app === '/multi')).toMatchObject({ path: '/a /b' });
  });
});
