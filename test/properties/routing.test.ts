/** Random apps on a few hosts: on every HAProxy each request reaches the app that a model names, and `explain url` says the same. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../src/explain/url/request.ts';
import { routeOf } from '../../src/explain/url/route.ts';
import { type ConfigDocument, print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';
import { expectedApp, type RoutedApp, type RoutedRequest, type RoutingLabels } from '../support/labels/routing-world.ts';
import { type PortBlock, reservePorts } from '../support/network/port-block.ts';
import { get } from '../support/network/request.ts';
import { outcomeOf } from '../support/rendering/golden.ts';

const MODES = [
  ['rules, by SNI', []],
  ['rules, by Host', ['--https-routing', 'host']],
  ['maps, by SNI', ['--haproxy-map']],
  ['maps, by Host', ['--haproxy-map', '--https-routing', 'host']],
  ['grouped by vhost', ['--group-https-by-vhost']],
  ['grouped by vhost, with maps, by Host', ['--group-https-by-vhost', '--haproxy-map', '--https-routing', 'host']],
] as const;

const HOSTS = ['a.test', 'b.test'];
const PATHS = ['/', '/a', '/a/', '/ax', '/a/b', '/a/bx', '/a/b/c', '/a.b', '/aXb', '/b', '/b/a/b', '/B'];

const paths = fc.constantFrom<RoutingLabels>(
  {},
  ...['/a', '/a/b', '/b', '/a.b'].flatMap((path) => [
    { PATH: path },
    { PATH: path, PATH_TYPE: 'prefix' },
    { PATH: path, PATH_TYPE: 'exact' },
  ]),
  { PATH: '/a/b/c', PATH_TYPE: 'prefix' },
  { PATH: '/a', PATH_TYPE: 'begin' },
  { PATH: '^/[ab]$', PATH_TYPE: 'regex' },
  { PATH: '^/a/b', PATH_TYPE: 'regex' },
);
const hosts = fc.constantFrom<RoutingLabels>(
  ...HOSTS.flatMap((host) => [{ VHOST: host }, { VHOST: host }]),
  { VHOST: '*.test' },
  { VHOST: '*.b.test' },
  { VHOST: '~^[ax][.]' },
  {},
);
const matches = fc.constantFrom<RoutingLabels>(
  ...Array.from({ length: 6 }, () => ({})),
  { MATCH: 'header x-beta 1' },
  { MATCH: 'header x-beta' },
  { MATCH: 'query debug' },
  { MATCH: 'method GET' },
  { MATCH: 'method POST,PUT; cookie beta 1' },
  { MATCH: 'header x-beta 1; cookie beta; method POST' },
);
const labelsOfApp = fc.tuple(hosts, paths, matches).map(([host, path, match]): RoutingLabels => ({ ...host, ...path, ...match }));
const worlds = fc.sample(
  fc
    .array(labelsOfApp, { minLength: 2, maxLength: 9 })
    .map((all) => all.map((labels, at): RoutedApp => ({ id: `/app-${at}`, labels }))),
  { numRuns: 6, seed: 20_261_130 },
);
worlds.push(
  [
    { VHOST: 'a.test' },
    { VHOST: '*.test' },
    { VHOST: '*.b.test', PATH: '/a' },
    { VHOST: '~^[ax][.]' },
    { PATH: '/a', PATH_TYPE: 'begin' },
  ].map((labels, at) => ({ id: `/app-${at}`, labels })),
);
worlds.push(
  [
    { VHOST: 'a.test' },
    { VHOST: 'a.test', PATH: '/a' },
    { VHOST: 'a.test', MATCH: 'header x-beta 1' },
    { VHOST: 'a.test', MATCH: 'header x-beta 1; cookie beta; method POST' },
    { VHOST: 'a.test', PATH: '/a', MATCH: 'query debug' },
    { VHOST: '*.test', MATCH: 'query debug' },
    { VHOST: 'c.test', PATH: '/b', PATH_TYPE: 'exact', MATCH: 'method POST' },
  ].map((labels, at) => ({ id: `/app-${at}`, labels })),
);
/** What labels MATCH ask for, another part for each place. */
const VARIANTS: readonly Omit<RoutedRequest, 'host'>[] = [
  { path: '' },
  { path: '?x=1&debug', headers: { 'x-beta': '2' } },
  { path: '', headers: { 'x-beta': '1' } },
  { path: '?debug=1', method: 'POST', headers: { 'x-beta': '1', cookie: 'a=b; beta=1' } },
];
const requests: readonly RoutedRequest[] = HOSTS.concat('c.test', 'x.b.test', 'x.none').flatMap((host, at) =>
  PATHS.map((path, place) => {
    const variant = VARIANTS[(at + place + Math.floor(place / 4)) % VARIANTS.length] as Omit<RoutedRequest, 'host'>;
    return { ...variant, host, path: path + variant.path };
  }),
);

let ports: PortBlock;
let port = { http: 0, https: 0, appId: 0, stats: 0 };

beforeAll(async () => {
  ports = await reservePorts();
  port = { http: await ports.next(), https: await ports.next(), appId: await ports.next(), stats: await ports.next() };
});
afterAll(() => ports?.[Symbol.asyncDispose]());

describe.each(HAPROXIES)('%s', (haproxy) => {
  it.each(MODES)('%s', { timeout: 120_000 }, async (_, args) => {
    for (const world of worlds) {
      const document = await documentOf(world, haproxy, args);
      const files = Object.fromEntries(document.files.map((file) => [file.name, printFile(file)]));
      await using _running = await runHaproxy(haproxy, answering(print(document)), files);
      const found: unknown[] = [];
      const wanted: unknown[] = [];
      for (const request of requests) {
        const app = expectedApp(world, request);
        wanted.push({ ...request, http: app, https: app, told: app });
        found.push({
          ...request,
          http: await answererOf(request, false),
          https: await answererOf(request, true),
          // A URL has neither headers nor a method.
          told: request.headers === undefined ? toldFor(document, request) : app,
        });
      }
      expect({ world, found }).toEqual({ world, found: wanted });
    }
  });
});

async function documentOf(world: readonly RoutedApp[], haproxy: string, args: readonly string[]): Promise<ConfigDocument> {
  const apps: unknown[] = [];
  for (const [at, { id, labels }] of world.entries()) {
    const own = Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]);
    apps.push({
      id,
      instances: 1,
      labels: { HAPROXY_GROUP: 'external', HAPROXY_0_BIND_ADDR: '127.0.0.1', ...Object.fromEntries(own) },
      portDefinitions: [{ port: await servicePort(at) }],
      tasks: [{ id: `${id.slice(1)}.1`, host: '10.0.0.1', ports: [20_000 + at], state: 'TASK_RUNNING' }],
    });
  }
  const places = { '--http-port': port.http, '--https-port': port.https, '--appid-port': port.appId, '--stats-port': port.stats };
  const numbers = Object.entries(places).flatMap(([option, number]) => [option, String(number)]);
  const options = { args: ['--group', 'external', '--bind-address', '127.0.0.1', ...numbers, ...args] };
  const { document } = outcomeOf(apps, options, versionOf(haproxy));
  return document;
}

const servicePorts: number[] = [];

async function servicePort(at: number): Promise<number> {
  return (servicePorts[at] ??= await ports.next());
}

/** Returns a configuration in which each backend of an app answers with its name. */
function answering(config: string): string {
  return config.replaceAll(
    /^backend (app-\d+)_\d+\n(?: {2}.*\n)*/gm,
    (section, app: string) => `${section}  http-request return status 200 hdr x-app /${app}\n`,
  );
}

async function answererOf(
  { host, path, method = 'GET', headers = {} }: RoutedRequest,
  isTls: boolean,
): Promise<string | undefined> {
  try {
    const answer = await get(path, { port: isTls ? port.https : port.http, host, method, headers, ...(isTls && { sni: host }) });
    return [answer.headers['x-app']].flat()[0];
  } catch (error) {
    // With a frontend for each vhost, a name that none has gets no answer.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return undefined;
    throw error;
  }
}

/** Returns the app that `explain url` names, of http: the ports are others, so that the Host header has none. */
function toldFor(document: ConfigDocument, { host, path }: RoutedRequest): string | undefined {
  const request = requestOf(`http://${host}:${port.http}${path}`);
  const { backend } = routeOf(document, { ...request!, host });
  return backend === undefined ? undefined : `/${backend.replace(/_\d+$/, '')}`;
}
