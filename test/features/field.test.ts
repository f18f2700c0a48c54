/** Definitions as people wrote them (hosts and images replaced): what can be translated is refused by no HAProxy, and each app is told what it needs to know. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { featuresOf, type HaproxyFeatures, parseHaproxyVersion } from '../../src/config/haproxy-version.ts';
import { warningNotes } from '../../src/engine/haproxy-warnings.ts';
import { readWarnings } from '../../src/haproxy/alerts.ts';
import { build } from '../../src/model/build.ts';
import { print } from '../../src/render/document.ts';
import { createLibrary } from '../../src/render/library.ts';
import { render } from '../../src/render/render.ts';
import { addFiles, snapshotOf } from '../support/golden.ts';
import { HAPROXIES } from '../support/haproxies.ts';
import { plainRender } from '../support/render-settings.ts';

const apps = readFileSync(join(import.meta.dirname, '../fixtures/field/old-words.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { readonly id: string });

const folder = mkdtempSync(join(tmpdir(), 'field-'));
beforeAll(() => addFiles(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Refused in their authors' time already: placeholders in a template that takes none, and a line that joins two. */
const WRONG = ['/app-67', '/app-91'];

describe.each([...new Set([...HAPROXIES, '/opt/haproxy-3.4/haproxy'])])('%s', (haproxy) => {
  const features = featuresOf(parseHaproxyVersion(spawnSync(haproxy, ['-v'], { encoding: 'utf8' }).stdout));

  test('takes each app, but for faults of its author', () => {
    const refused = apps.filter((app) => !outcomeOf(haproxy, features, [app]).isTaken).map(({ id }) => id);
    expect(refused).toEqual(WRONG);
  });

  test('refuses what is not translated', () => {
    const app = apps.filter(({ id }) => id === '/reqirep');
    expect(outcomeOf(haproxy, features, app, false).isTaken).toBe(false);
  });

  test('each is told', () => {
    const { told } = outcomeOf(
      haproxy,
      features,
      apps.filter(({ id }) => !WRONG.includes(id)),
    );
    const httpchk = features.httpchkHeaders ? [] : ['/app-22', '/app-25', '/app-37', '/httpchk'];
    expect(told('label-translated')).toEqual(
      ['/app-33', '/app-test', '/block', '/env', '/forceclose', '/reqirep', '/rspadd', ...httpchk].sort(),
    );
    expect(told('haproxy-warning')).toEqual(
      expect.arrayContaining([
        '/app-28',
        '/app-6',
        '/cluster1-kubectl-proxy',
        '/crlf',
        '/log',
        '/my-crappy-website',
        '/timeouts',
      ]),
    );
    expect(told('template-malformed')).toEqual(['/app-31', '/headonly']);
  });
});

function outcomeOf(haproxy: string, features: HaproxyFeatures, some: readonly object[], isTranslated = true) {
  const settings = { ...plainRender, haproxy: features, translate: isTranslated, sslCerts: ['/golden/cert.pem'] };
  const templates = {
    HEAD: 'global\n  maxconn 100\ndefaults\n  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\n',
  };
  const { services, problems } = build(snapshotOf(some, { args: [] }), { groups: ['*'], strictMode: false, healthCheck: false });
  const own = { ...settings, templates };
  const rendered = render(services, own, createLibrary(own));
  // HAProxy 3.3 and later want names of their own for frontends.
  const text = print(rendered.document)
    .replaceAll(/^frontend (\S+_\d+)$/gm, features.sharedNames ? 'frontend $1' : 'frontend $1_in')
    .replaceAll('/golden/', `${folder}/`)
    .replaceAll(/ crt \S+/g, ` crt ${folder}/cert.pem`)
    // Names of a cluster that is not here.
    .replaceAll(/\b[\w.-]+\.(?:thisdcos\.directory|mesos|example\.com):(\d+)/g, '127.0.0.1:$1');
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, text);
  const { status, stderr } = spawnSync(haproxy, ['-c', '-f', path], { encoding: 'utf8' });
  const all = [...problems, ...rendered.problems, ...warningNotes(rendered.document, services, readWarnings(stderr, path))];
  const told = (code: string): string[] => [...new Set(all.filter((each) => each.code === code).map(({ app }) => app))].sort();
  return { isTaken: status === 0, told };
}
