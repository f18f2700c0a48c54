/** Each HAProxy accepts what comes out for it, which is the golden configuration but for what its version brings. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HaproxyFeatures } from '../src/config/versions/version.ts';
import { print } from '../src/render/document.ts';
import { printFile } from '../src/render/files/kinds.ts';
import { featuresFor, HAPROXIES, versionOf } from './support/haproxy/haproxies.ts';
import { addFiles, GOLDEN, goldenCases, outcomeOf, readCase } from './support/rendering/golden.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golden-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(goldenCases())('%s', (name) => {
  const { apps, options } = readCase(name);

  it.each(HAPROXIES)('%s accepts it', async (haproxy) => {
    const own = outcomeOf(apps, options, versionOf(haproxy)).document;
    const text = print(own);
    const golden = readFileSync(join(GOLDEN, name, 'haproxy.cfg'), 'utf8');
    expect(text).toBe(asFor(featuresFor(haproxy), golden, options.args.includes('host')));
    const place = join(folder, name);
    mkdirSync(place, { recursive: true });
    await addFiles(place);
    for (const map of own.files) writeFileSync(join(place, map.name), printFile(map).replaceAll('/golden/', `${place}/`));
    const config = join(place, 'haproxy.cfg');
    writeFileSync(config, text.replaceAll('/golden/', `${place}/`));
    const { stderr, status } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((said) => /ALERT|WARNING/.test(said) && !isMeant(said))).toEqual([]);
    expect(status).toBe(0);
  });
});

/** What a HAProxy gets of the text for 2.6: all that may differ between versions. */
function asFor(
  { sharedNames, offersHttp2, setsLogLevelAtEnd, resumesForOthers }: HaproxyFeatures,
  given: string,
  byHost: boolean,
): string {
  const text = resumesForOthers ? given : given.replaceAll(/^.* \{ ssl_fc_is_resumed \} .*\n/gm, '');
  const named = sharedNames ? text : withOwnNames(text);
  const logged = setsLogLevelAtEnd ? named.replaceAll('http-response set-log-level', 'http-after-response set-log-level') : named;
  return offersHttp2 && !byHost ? withHttp1(logged) : logged;
}

/** From 3.3 on, frontends that have a backend's name have one of their own. */
function withOwnNames(text: string): string {
  const backends = new Set(Array.from(text.matchAll(/^backend (\S+)/gm), ([, name]) => name));
  const own = (name: string): string => (backends.has(name) ? `${name}_in` : name);
  return text
    .replaceAll(/^frontend (\S+)/gm, (_, name: string) => `frontend ${own(name)}`)
    .replaceAll(
      /^( {2}acl label_client_entry\S* fe_name) (.*)$/gm,
      (_, head, names: string) => `${head} ${names.split(' ').map(own).join(' ')}`,
    );
}

/** From 2.8 on, the frontends that choose by SNI say that they speak HTTP/1.1 only. */
function withHttp1(text: string): string {
  return text.replaceAll(
    /^ {2}bind (?:\S+:8?443 ssl|abns@\S+ accept-proxy ssl)(?: crt(?:-list)? \S+)+(?! crt|\S)/gm,
    '$& alpn http/1.1',
  );
}

/**
 * Warnings that the names and the order of 1.15 bring: frontend and backend share a name, the rules of an app stand together. 3.4 takes the
 * time of a password's hash, too: on a busy machine it is long.
 */
function isMeant(said: string): boolean {
  if (said.includes('the hash algorithm used for this password')) return true;
  return /has the same name as (?:front|back)end|rule placed after an? '[\w-]+' rule will still be processed before/.test(said);
}
