/** The app of `--default-app` gets what belongs to no other, with its login and redirect, on every HAProxy and in every way of routing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../src/explain/url/request.ts';
import { routeOf } from '../../src/explain/url/route.ts';
import { type ConfigDocument, print } from '../../src/render/document.ts';
import { printFile } from '../../src/render/files/kinds.ts';
import { HAPROXIES, versionOf } from '../support/haproxy/haproxies.ts';
import { runHaproxy } from '../support/haproxy/run-haproxy.ts';
import { type PortBlock, reservePorts } from '../support/network/port-block.ts';
import { get } from '../support/network/request.ts';
import { outcomeOf } from '../support/rendering/golden.ts';

const MODES = [
  ['rules, by SNI', []],
  ['maps, by Host', ['--haproxy-map', '--https-routing', 'host']],
  ['grouped by vhost', ['--group-https-by-vhost', '--https-routing', 'host']],
  ['grouped by vhost, with maps', ['--group-https-by-vhost', '--haproxy-map']],
] as const;

const AUTH = 'Site:bob:$5$abc$ywk9t7A9RLyeaI8fMTfLBuOGHce/5DngtrcxrpbIjS6';
const LOGIN = { authorization: `Basic ${Buffer.from('bob:bob-secret').toString('base64')}` };
const APPS = {
  '/shop': { VHOST: 'a.test', PATH: '/api' },
  '/site': { VHOST: 'www.test', PATH: '/en', AUTH, REDIRECT_TO_HTTPS: 'true' },
  '/whole': { VHOST: 'b.test' },
  '/wild': { VHOST: '*.a.test' },
  '/any': { PATH: '/any', PATH_TYPE: 'prefix' },
};

/** Host, path and app. */
const REQUESTS = [
  ['a.test', '/api/x', '/shop'],
  ['a.test', '/', '/site'],
  ['b.test', '/', '/whole'],
  ['x.a.test', '/', '/wild'],
  ['none.test', '/any', '/any'],
  ['none.test', '/', '/site'],
  ['www.test', '/en', '/site'],
  ['www.test', '/de', '/site'],
] as const;

let ports: PortBlock;
let port = { http: 0, https: 0, appId: 0, stats: 0 };
const servicePorts: number[] = [];

beforeAll(async () => {
  ports = await reservePorts();
  port = { http: await ports.next(), https: await ports.next(), appId: await ports.next(), stats: await ports.next() };
  for (const _ of Object.keys(APPS)) servicePorts.push(await ports.next());
});
afterAll(() => ports?.[Symbol.asyncDispose]());

describe.each(HAPROXIES)('%s', (haproxy) => {
  it.each(MODES)('%s', async (_, args) => {
    const document = documentOf(haproxy, args);
    const files = Object.fromEntries(document.files.map((file) => [file.name, printFile(file)]));
    await using _running = await runHaproxy(haproxy, answering(print(document)), files);
    const found: unknown[] = [];
    for (const [host, path] of REQUESTS) found.push([host, path, (await secure(host, path, LOGIN)).headers['x-app']]);
    expect(found).toEqual(REQUESTS);
    for (const [host, path, app] of REQUESTS) {
      const isDefault = app === '/site';
      expect([host, path, (await secure(host, path)).status]).toEqual([host, path, isDefault ? 401 : 200]);
      const clear = await get(path, { port: port.http, host });
      expect([host, path, clear.status, clear.headers.location]).toEqual([
        host,
        path,
        isDefault ? 301 : 200,
        isDefault ? `https://${host}${path}` : undefined,
      ]);
      const { backend } = routeOf(document, { ...requestOf(`https://${host}:${port.https}${path}`)!, host });
      expect([host, path, backend?.replace(/_\d+$/, '')]).toEqual([host, path, app.slice(1)]);
    }
  });
});

function secure(host: string, path: string, headers = {}) {
  return get(path, { port: port.https, host, sni: host, headers });
}

function documentOf(haproxy: string, args: readonly string[]): ConfigDocument {
  const apps = Object.entries(APPS).map(([id, labels], at) => ({
    id,
    instances: 1,
    labels: {
      HAPROXY_GROUP: 'external',
      HAPROXY_0_BIND_ADDR: '127.0.0.1',
      ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
    },
    portDefinitions: [{ port: servicePorts[at] }],
    tasks: [{ id: `${id.slice(1)}.1`, host: '10.0.0.1', ports: [20_000 + at], state: 'TASK_RUNNING' }],
  }));
  const places = { '--http-port': port.http, '--https-port': port.https, '--appid-port': port.appId, '--stats-port': port.stats };
  const numbers = Object.entries(places).flatMap(([option, number]) => [option, String(number)]);
  const own = ['--group', 'external', '--bind-address', '127.0.0.1', '--default-app', '/site', ...numbers, ...args];
  return outcomeOf(apps, { args: own }, versionOf(haproxy)).document;
}

/** Returns a configuration in which each backend of an app answers with its name, if it does not refuse or redirect. */
function answering(config: string): string {
  return config.replaceAll(
    /^backend (\w+)_\d+\n(?: {2}.*\n)*/gm,
    (section, app: string) => `${section}  http-request return status 200 hdr x-app /${app}\n`,
  );
}
