import { describe, expect, test } from 'vitest';
import { plainRender } from '../../test/support/rendering/render-settings.ts';
import type { ModelSettings } from '../config/settings.ts';
import { build } from '../model/build.ts';
import type { App, Task } from '../model/snapshot.ts';
import { createLibrary } from '../render/templates/library.ts';
import { render } from '../render/render.ts';
import type { Decision } from './decision.ts';
import { explainApp } from './app/explain-app.ts';
import { explainUrl } from './url/explain-url.ts';
import { requestOf } from './url/request.ts';
import { tellApp, tellUrl } from './tell.ts';

function decide(apps: readonly App[], change: Partial<ModelSettings> = {}): Decision {
  const settings: ModelSettings = { groups: ['external'], strictMode: false, healthCheck: true, ...change };
  const snapshot = { apps, addresses: new Map([['agent', '10.0.0.1']]), health: new Map(), rejected: [] };
  const { services, problems } = build(snapshot, settings);
  const rendered = render(services, plainRender, createLibrary(plainRender));
  const left = new Set(rendered.problems.map(({ service }) => service));
  const usable = services.filter(({ backend }) => !left.has(backend));
  return { snapshot, settings, services: usable, problems: [...problems, ...rendered.problems], document: rendered.document };
}

const task = (id: string, change: Partial<Task> = {}): Task => ({
  id,
  host: 'agent',
  ports: [31_000 + id.length],
  state: 'TASK_RUNNING',
  ...change,
});
const alive = (is: boolean): Partial<Task> => ({ healthCheckResults: [{ alive: is }] });
const app = (id: string, labels: Record<string, string> = {}, change: Partial<App> = {}): App => ({
  id,
  instances: 1,
  labels: { HAPROXY_GROUP: 'external', ...labels },
  portDefinitions: [{ port: 10_000 }],
  tasks: [task('a')],
  ...change,
});
const since = (year: number, port: number): Partial<App> => ({
  versionInfo: { lastConfigChangeAt: `${year}-01-01T00:00:00Z` },
  portDefinitions: [{ port }],
});
const checked = (...tasks: Task[]): Partial<App> => ({ healthChecks: [{ protocol: 'HTTP', portIndex: 0 }], tasks });

const member = (id: string, at: string) =>
  app(id, { HAPROXY_DEPLOYMENT_GROUP: 'shop', HAPROXY_DEPLOYMENT_STARTED_AT: at }, { tasks: [task(id)] });

describe('an app that is not served', () => {
  const cases: [string, App, Partial<ModelSettings>, RegExp][] = [
    ['group', app('/x', { HAPROXY_GROUP: 'internal' }), {}, /^group internal is not in external \(label HAPROXY_GROUP /],
    ['group of the port', app('/x', { HAPROXY_0_GROUP: 'a,b' }), {}, /^group a,b is not in external \(label HAPROXY_0_GROUP /],
    ['no group', app('/x', {}, { labels: {} }), {}, /^it has no label HAPROXY_GROUP, .* serves external/],
    ['disabled', app('/x', { HAPROXY_0_ENABLED: 'false' }), {}, /^disabled by label HAPROXY_0_ENABLED="false"$/],
    ['strict', app('/x'), { strictMode: true }, /^--strict-mode is on/],
    ['a label', app('/x', { HAPROXY_0_PORT: 'many' }), {}, /HAPROXY_0_PORT is "many", it must be a port/],
    ['a template', app('/x', { HAPROXY_0_BACKEND_HEAD: '{what}' }), {}, /HAPROXY_0_BACKEND_HEAD: unknown placeholder/],
    ['instances', app('/x', {}, { instances: 0, tasks: [] }), {}, /^instances is 0$/],
    ['no task', app('/x', {}, { instances: 3, tasks: [] }), {}, /^it has no task \(instances is 3\)/],
    [
      'health',
      app('/x', {}, checked(task('a', alive(false)), task('b', alive(false)), task('c'))),
      {},
      /^no task may serve \(2 of 3 failing, 1 of 3 without a health result yet\)$/,
    ],
    ['state', app('/x', {}, { tasks: [task('a', { state: 'TASK_STAGING' })] }), {}, /\(1 of 1 not running \(TASK_STAGING\)\)$/],
    ['address', app('/x', {}, { tasks: [task('a', { host: 'gone' })] }), {}, /1 of 1 without an address/],
    ['host', app('/x', {}, { tasks: [{ id: 'a' }] }), {}, /1 of 1 without a host yet/],
  ];
  test.each(cases)('%s', (_, one, change, reason) => {
    const found = explainApp(decide([one], change), '/x');
    expect(found).toMatchObject({ served: false, services: [{ index: 0, served: false, port: 10_000 }] });
    expect(found.services[0]?.reasons).toEqual([expect.stringMatching(reason)]);
    expect(tellApp(found)).toMatch(/^\/x is not served\nservice 0, port 10000: not served\n {2}/);
  });

  test('is not there: the nearest one is named', () => {
    expect(explainApp(decide([app('/shop')]), 'shpo').notes).toEqual([
      expect.stringMatching(/no such app.*did you mean \/shop\?$/),
    ]);
  });

  test('has more service ports than its task has ports', () => {
    const found = explainApp(decide([app('/x', {}, { portDefinitions: [{ port: 10_000 }, { port: 10_001 }] })]), '/x');
    expect(found.services.map(({ served }) => served)).toEqual([true, false]);
    expect(found.services[1]?.reasons).toEqual(['no task may serve (1 of 1 without that many ports)']);
  });

  test('has no port', () => {
    expect(explainApp(decide([app('/x', {}, { portDefinitions: [] })]), '/x')).toMatchObject({
      services: [],
      notes: [expect.stringMatching(/^it has no service port/)],
    });
  });
});

describe('an app that is served', () => {
  test('says from where, how and to what, without passwords', () => {
    const labels = {
      HAPROXY_0_VHOST: 'shop.test',
      HAPROXY_0_PATH: '/a',
      HAPROXY_0_AUTH: 'Shop:joe:s3cr3t',
      HAPROXY_0_STICKY: 'true',
    };
    const found = explainApp(decide([app('/x', labels, checked(task('a', alive(true)), task('b', alive(false))))]), 'x');
    expect(found.services[0]).toMatchObject({
      served: true,
      reasons: ['tasks without traffic: 1 of 2 failing'],
      servers: ['10.0.0.1:31001 (agent) task a'],
    });
    const text = tellApp(found);
    expect(text).toContain('  from host shop.test, paths that begin with /a (weight 1)\n');
    expect(text).toContain('user joe logs in (realm Shop)');
    expect(text).toContain('a cookie keeps a client at its server');
    expect(text).not.toContain('s3cr3t');
  });

  test('a host goes to the older of those that claim it, and the other one is told', () => {
    const labels = { HAPROXY_0_VHOST: 'shop.test,mine.test' };
    const apps = [app('/a', labels, since(2026, 10_000)), app('/b', { HAPROXY_0_VHOST: 'shop.test' }, since(2025, 10_001))];
    const routes = (id: string) => explainApp(decide(apps), id).services[0]?.routes;
    expect(routes('/a')).toContain('not host shop.test: /b claims it too and gets it, as its claim is older');
    expect(routes('/a')).toContain('host mine.test (weight 0)');
    expect(tellApp(explainApp(decide(apps), '/a'))).toContain('\n  not host shop.test');
    expect(routes('/b')).toContain(
      'host shop.test (weight 0, claimed by /a too and led here, as the claim of this one is older)',
    );
  });

  test('a path that a shorter one of another app covers is not served there', () => {
    const theirs = { HAPROXY_0_VHOST: 'shop.test,other.test', HAPROXY_0_PATH: '/api/v2' };
    const mine = { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_PATH: '/api' };
    const apps = [app('/api', mine, since(2025, 10_000)), app('/v2', theirs, since(2026, 10_001))];
    const { services, problems } = explainApp(decide(apps), '/v2');
    expect(services[0]?.routes).toContain(
      'not host shop.test, paths that begin with /api/v2: /api gets it, as its rule takes paths that begin with /api, has the same weight 1 and comes first',
    );
    expect(services[0]?.routes).toContain('host other.test, paths that begin with /api/v2 (weight 1)');
    expect(problems).toMatchObject([{ code: 'rule-unreachable', label: 'HAPROXY_0_PATH' }]);
  });

  test('misspelt labels are unknown, not templates', () => {
    const found = explainApp(
      decide([
        app('/x', {
          HAPROXY_0_VHST: 'x.test',
          HAPROXY_0_BACKEND_HSTS_OPTIONS: '',
          HAPROXY_0_BACKEND_HEAD: 'backend {backend}\n',
        }),
      ]),
      '/x',
    );
    expect(found.services[0]?.traits).toContain('own templates by labels: BACKEND_HEAD');
    expect(found.services[0]?.traits).toContain('unknown labels, without effect: HAPROXY_0_VHST');
  });

  test('a member of a deployment group is served as the group', () => {
    const decision = decide([member('/blue', '2026-01-01T00:00:00Z'), member('/green', '2026-01-02T00:00:00Z')]);
    const found = explainApp(decision, '/green');
    expect(found).toMatchObject({ served: true, notes: [expect.stringMatching(/served as \/shop/)] });
    expect(found.services[0]?.servers).toHaveLength(2);
    expect(explainApp(decision, '/shop').notes).toEqual(['it is a deployment group: ask for /blue or /green']);
  });
});

describe('a URL', () => {
  const apps = [
    app('/shop', { HAPROXY_0_VHOST: 'shop.test' }),
    app('/api', { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_PATH: '/api' }, { portDefinitions: [{ port: 10_001 }] }),
    app('/twin', { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_BACKEND_WEIGHT: '-1' }, { portDefinitions: [{ port: 10_002 }] }),
    app('/off', { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_ENABLED: 'no' }, { portDefinitions: [{ port: 10_003 }] }),
  ];
  const ask = (url: string) => explainUrl(decide(apps), requestOf(url)!);

  test('goes to a service; other rules lose by weight or path, apps that are off are named', () => {
    const found = ask('http://shop.test/x');
    expect(found).toMatchObject({ served: true, service: '/shop, service port 10000', absent: ['/off'] });
    expect(found.losers).toEqual([
      expect.stringMatching(/^\/api: use_backend .* — path_beg \/api does not hold$/),
      expect.stringMatching(/^\/twin: .* — holds, but comes later: weight -1 against 0/),
    ]);
    expect(tellUrl(found)).toMatch(
      /^http:\/\/shop\.test\/x → \/shop, service port 10000\n {2}marathon_http_in listens on port 80\nrule:\n/,
    );
  });

  test('goes nowhere', () => {
    expect(ask('http://shop.test:10003/')).toMatchObject({ served: false, backend: undefined, absent: ['/off'] });
    expect(tellUrl(ask('http://other.test/'))).toMatch(/→ no service\n.*\n {2}no rule holds: HAProxy answers 503\n$/);
  });
});
