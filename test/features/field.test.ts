/** Definitions as people wrote them (hosts and images replaced): what can be translated is refused by no HAProxy, and each app is told what it needs to know. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresOf, type HaproxyFeatures, parseHaproxyVersion } from '../../src/config/versions/version.ts';
import { warningNotes } from '../../src/engine/alerts/haproxy-warnings.ts';
import { readWarnings } from '../../src/haproxy/check/alerts.ts';
import { build } from '../../src/model/build.ts';
import { isNote } from '../../src/model/problem.ts';
import { print } from '../../src/render/document.ts';
import { createLibrary } from '../../src/render/templates/library.ts';
import { render } from '../../src/render/render.ts';
import { addFiles, snapshotOf } from '../support/rendering/golden.ts';
import { HAPROXIES } from '../support/haproxy/haproxies.ts';
import { plainRender } from '../support/rendering/render-settings.ts';

/** Definitions, one a line. */
const apps = readFileSync(join(import.meta.dirname, '../fixtures/field/definitions.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { readonly id: string });

/** What their owners are told on HAProxy 3.4: problem or note, code and label, by app; of the others there is nothing to tell. */
const TOLD = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/field/told.json'), 'utf8')) as Record<
  string,
  readonly string[]
>;

const folder = mkdtempSync(join(tmpdir(), 'field-'));
beforeAll(() => addFiles(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Refused in their authors' time already: TLS checks without a CA, placeholders in a template that takes none, and a line that joins two. */
const WRONG = ['/app-64', '/app-67', '/app-91'];

describe.each([...new Set([...HAPROXIES, '/opt/haproxy-3.4/haproxy'])])('%s', { timeout: 240_000 }, (haproxy) => {
  const features = featuresOf(parseHaproxyVersion(spawnSync(haproxy, ['-v'], { encoding: 'utf8' }).stdout));

  test('takes each app, but for faults of its author, and tells its owner what to know', () => {
    const outcomes = apps.map((app) => ({ id: app.id, ...outcomeOf(haproxy, features, [app]) }));
    expect(outcomes.filter(({ isTaken }) => !isTaken).map(({ id }) => id)).toEqual(WRONG);
    const told = outcomes.filter((each) => each.told.length > 0).map((each) => [each.id, each.told] as const);
    expect(Object.fromEntries(told)).toEqual(features.httpchkHeaders ? withoutHttpchk(TOLD) : TOLD);
  });

  test('takes them together', () => {
    const fine = apps.filter(({ id }) => !WRONG.includes(id));
    expect(outcomeOf(haproxy, features, fine).isTaken).toBe(true);
  });

  test('refuses what is not translated', () => {
    const app = apps.filter(({ id }) => id === '/reqirep');
    expect(outcomeOf(haproxy, features, app, false).isTaken).toBe(false);
  });
});

/** HAProxy 2.6 takes headers in `option httpchk`: there is nothing to translate. */
function withoutHttpchk(told: typeof TOLD): typeof TOLD {
  const left = Object.entries(told).map(
    ([id, lines]) => [id, lines.filter((line) => !/^note label-translated .*_HTTP_HEALTHCHECK_OPTIONS$/.test(line))] as const,
  );
  return Object.fromEntries(left.filter(([, lines]) => lines.length > 0));
}

function outcomeOf(haproxy: string, features: HaproxyFeatures, some: readonly object[], isTranslated = true) {
  const settings = { ...plainRender, haproxy: features, translate: isTranslated, sslCerts: ['/golden/cert.pem'] };
  const templates = {
    HEAD: 'global\n  maxconn 100\ndefaults\n  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\n',
  };
  const { services, problems } = build(snapshotOf(some, { args: [] }), { groups: ['*'], strictMode: false, healthCheck: false });
  const own = { ...settings, templates };
  const rendered = render(services, own, createLibrary(own));
  const text = print(rendered.document)
    .replaceAll('/golden/', `${folder}/`)
    .replaceAll(/ crt \S+/g, ` crt ${folder}/cert.pem`)
    // Names of a cluster that is not here.
    .replaceAll(/\b[\w.-]+\.(?:thisdcos\.directory|mesos|example\.com):(\d+)/g, '127.0.0.1:$1');
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, text);
  const { status, stderr } = spawnSync(haproxy, ['-c', '-f', path], { encoding: 'utf8' });
  const all = [...problems, ...rendered.problems, ...warningNotes(rendered.document, services, readWarnings(stderr, path))];
  const told = all.map((each) => `${isNote(each) ? 'note' : 'problem'} ${each.code} ${each.label ?? ''}`.trimEnd());
  return { isTaken: status === 0, told: [...new Set(told)].sort() };
}
