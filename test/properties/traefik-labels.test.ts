/** Apps with any of Traefik's labels: what they become has no problem for the model, and none for HAProxy. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { appsIn } from '../../src/translate/traefik/apps.ts';
import { translateTraefik } from '../../src/translate/traefik/translate.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { entryPoints, HASH } from '../support/labels/traefik.ts';
import { addFiles, outcomeOf } from '../support/rendering/golden.ts';

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traefik-'));
  await addFiles(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Options with values that have a meaning; any of the odd ones may stand in their place. */
const MIDDLEWARES: Readonly<Record<string, readonly string[]>> = {
  'addprefix.prefix': ['/app'],
  'basicauth.users': [`ann:${HASH}`, 'ann:$apr1$x$y'],
  'basicauth.removeheader': ['true'],
  'basicauth.realm': ['Shop'],
  'buffering.maxrequestbodybytes': ['2000'],
  compress: ['true', 'false'],
  'circuitbreaker.expression': ['x'],
  'forwardauth.address': ['http://auth.test/'],
  'forwardauth.authresponseheaders': ['X-User'],
  'headers.customrequestheaders.X-A': ['1', '', 'a; set b'],
  'headers.customresponseheaders.X-B': ['%[src] "\\'],
  'headers.framedeny': ['true'],
  'headers.browserxssfilter': ['true'],
  'headers.stsseconds': ['600', '0'],
  'headers.accesscontrolalloworiginlist': ['https://b.test', '*'],
  'headers.accesscontrolallowcredentials': ['true'],
  'headers.accesscontrolallowmethods': ['GET,PUT'],
  'headers.accesscontrolmaxage': ['10'],
  'inflightreq.amount': ['5'],
  'inflightreq.sourcecriterion.ipstrategy.depth': ['0', '1'],
  'ipwhitelist.sourcerange': ['10.0.0.0/8', '10.0.0.1, ::1'],
  'ipwhitelist.ipstrategy.depth': ['1'],
  'ratelimit.average': ['10', '0'],
  'ratelimit.period': ['1m', '10'],
  'ratelimit.burst': ['20'],
  'redirectregex.regex': ['^https?://b.test/(.*)'],
  'redirectregex.replacement': ['https://a.test/$1'],
  'redirectscheme.scheme': ['https', 'http'],
  'replacepath.path': ['/x'],
  'replacepathregex.regex': ['^/a(/.*)', '^/(a|b)+', '^/x'],
  'replacepathregex.replacement': ['$1', '/y', '/${1}/z'],
  'retry.attempts': ['2', '20'],
  'stripprefix.prefixes': ['/v1', '/v1, /v2'],
};

const SERVICE: Readonly<Record<string, readonly string[]>> = {
  'server.scheme': ['http', 'https', 'h2c'],
  sticky: ['true'],
  'sticky.cookie.name': ['shop'],
  'sticky.cookie.secure': ['true'],
  'sticky.cookie.samesite': ['none', 'lax'],
  passhostheader: ['true', 'false'],
  'healthcheck.path': ['/ping'],
  'healthcheck.interval': ['5s', '1m30s', '10'],
  'healthcheck.hostname': ['c.test'],
  'healthcheck.timeout': ['3s'],
};

const ROUTER: Readonly<Record<string, readonly string[]>> = {
  priority: ['10', '0', '-1'],
  entrypoints: ['web', 'websecure', 'web,websecure'],
  tls: ['true', 'false'],
};

const RULES = [
  'Host(`a.test`)',
  'Host(`a.test`, `b.test`)',
  'Host(`a.test`) && PathPrefix(`/v1`, `/v2`)',
  'Host(`a.test`) && Path(`/v1`)',
  'Host(`a.test`) || Host(`b.test`) && PathPrefix(`/`)',
  'Host(`a.test`) && ClientIP(`10.0.0.0/8`)',
  'HostRegexp(`{any:.+}.b.test`, `x{n:[0-9]+}.b.test`)',
  'Host(`a.test`) && PathPrefix(`/{id:[0-9]+}`)',
  'Host(`a.test`) && Method(`POST`) && Headers(`X-A`, `1`) && Query(`a=b`)',
  'PathPrefix(`/b.test`)',
];
const ODD = [
  '',
  ' ',
  'true',
  '0',
  '-5',
  '1e9',
  'a b',
  '"',
  "'",
  '\\',
  '%',
  '#',
  '${HOME}',
  '\n',
  'x\ny',
  ';',
  '../../etc',
  '🙂',
  'x'.repeat(5000),
];

/** Some of these labels below a prefix. */
function someOf(prefix: string, values: Readonly<Record<string, readonly string[]>>, odd: number): fc.Arbitrary<object> {
  const each = Object.entries(values).map(([name, texts]) => {
    const text = fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom(...texts) },
      { weight: odd, arbitrary: fc.constantFrom(...ODD) },
    );
    return [`${prefix}.${name}`, fc.option(text, { nil: undefined, freq: 2 })];
  });
  return fc.record(Object.fromEntries(each) as Record<string, fc.Arbitrary<string | undefined>>);
}

/** Two routers for one port, each with up to four middlewares. */
function anyLabels(odd: number): fc.Arbitrary<Readonly<Record<string, string>>> {
  const kinds = [...new Set(Object.keys(MIDDLEWARES).map((name) => name.replace(/\..*/, '')))];
  const names = fc.subarray(kinds, { maxLength: 4 }).map((some) => some.map((kind) => `m-${kind}`).join());
  const middlewares = kinds.map((kind) => {
    const own = Object.entries(MIDDLEWARES).filter(([name]) => name.replace(/\..*/, '') === kind);
    return someOf(`traefik.http.middlewares.m-${kind}`, Object.fromEntries(own), odd);
  });
  const rule = fc.constantFrom(...RULES, ...(odd > 0 ? ODD : []));
  const router = (name: string): fc.Arbitrary<object> =>
    fc.tuple(rule, names, someOf(`traefik.http.routers.${name}`, ROUTER, odd)).map(([text, used, more]) => ({
      ...more,
      [`traefik.http.routers.${name}.rule`]: text,
      ...(used !== '' && { [`traefik.http.routers.${name}.middlewares`]: used }),
    }));
  const second = fc.option(router('two'), { nil: {}, freq: 2 });
  return fc
    .tuple(router('one'), second, someOf('traefik.http.services.s.loadbalancer', SERVICE, odd), ...middlewares)
    .map((parts) => {
      const all = Object.entries(Object.assign({}, ...parts) as Record<string, string | undefined>);
      const given = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
      const isThere = (name: string): boolean => given.some(([label]) => label.startsWith(`traefik.http.middlewares.${name}.`));
      return Object.fromEntries(
        given.map(([label, value]) => [label, label.endsWith('.middlewares') ? value.split(',').filter(isThere).join() : value]),
      );
    });
}

const samples = [
  ...fc.sample(anyLabels(0), { numRuns: 150, seed: 20_261_127 }),
  ...fc.sample(anyLabels(3), { numRuns: 150, seed: 20_261_128 }),
];
/** Each has hosts of its own. */
const apps = samples.map((labels, at) => ({
  id: `/app-${at}`,
  labels: Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, value.replaceAll(/\b([ab])\.test/g, `$1.app-${at}.test`)]),
  ),
  portDefinitions: [{ port: 10_000 + at }],
  tasks: [{ id: `app-${at}.1`, host: '10.0.0.1', ports: [20_000 + at], state: 'TASK_RUNNING' }],
}));
const read = apps.map((app) => appsIn(app) ?? []);

/** Each alone: the middlewares of one are none of the others'. */
const found = read.flatMap((app) => translateTraefik(app, { group: 'external', entryPoints }));

it('most of them become labels', () => {
  const served = found.filter(
    ({ labels }) => labels['HAPROXY_0_VHOST'] !== undefined && labels['HAPROXY_0_ENABLED'] === undefined,
  );
  expect(served.length).toBeGreaterThan(100);
  expect(served.filter(({ labels }) => Object.keys(labels).length > 6).length).toBeGreaterThan(50);
});

it.each(HAPROXIES)('%s takes what they become', (haproxy) => {
  // Also those that are off: what keeps somebody away is then missing, and all else must be right.
  const changed = apps.map((app, at) => {
    const { HAPROXY_0_ENABLED: _, ...labels } = found[at]?.labels ?? {};
    return { ...app, labels };
  });
  const { document, problems } = outcomeOf(
    changed,
    { args: ['--group', 'external', '--auth-hosts', 'auth.test'], head: 'default' },
    versionOf(haproxy),
  );
  expect(problems).toEqual([]);
  for (const map of document.files) writeFileSync(join(folder, map.name), printFile(map));
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(config, print(document).replaceAll('/golden/', `${folder}/`));
  const { stderr, status } = spawnSync(haproxy, ['-c', '-f', config], { encoding: 'utf8', timeout: 20_000 });
  expect(stderr.split('\n').filter((line) => line.includes('ALERT'))).toEqual([]);
  expect(status).toBe(0);
});
