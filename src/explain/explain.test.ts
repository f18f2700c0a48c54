import { DEFAULT_LIMITS } from '../model/values/limits.ts';
import { describe, expect, test } from 'vitest';
import { policyOf } from '../../test/support/rendering/golden.ts';
import { plainRender } from '../../test/support/rendering/render-settings.ts';
import type { ModelSettings } from '../config/settings.ts';
import { build } from '../model/build.ts';
import type { Task, Workload } from '../model/workload.ts';
import { serviceRows } from '../model/labels/from-rows.ts';
import type { LabelRow } from '../model/labels/rows/row.ts';
import { createLibrary } from '../render/templates/library.ts';
import { render } from '../render/render.ts';
import type { Decision } from './decision.ts';
import { explainApp } from './app/explain-app.ts';
import { explainUrl } from './url/explain-url.ts';
import { requestOf } from './url/request.ts';
import { formatApp, formatUrl } from './format.ts';
import { STAGING, workload } from '../../test/support/workload.ts';

function decide(apps: readonly Workload[], change: Partial<ModelSettings> = {}): Decision {
  const settings: ModelSettings = { groups: ['external'], strictMode: false, healthCheck: true, ...change };
  const snapshot = { workloads: apps, addresses: new Map([['agent', '10.0.0.1']]), health: new Map(), rejected: [] };
  const { services, problems } = build(snapshot, settings);
  const rendering = { ...plainRender, errorPages: { all: [], sets: [{ name: 'shop', pages: [] }], faults: [] } };
  const rendered = render(services, rendering, createLibrary(rendering));
  const left = new Set(
    rendered.problems
      .filter(({ code, label }) => code !== 'canary-unused' && label?.endsWith('TLS_CLIENT_CA') !== true)
      .map(({ service }) => service),
  );
  const usable = services.filter(({ backend }) => !left.has(backend));
  return { snapshot, settings, services: usable, problems: [...problems, ...rendered.problems], document: rendered.document };
}

const task = (id: string, change: Partial<Task> = {}): Task => ({
  id,
  host: 'agent',
  ports: [31_000 + id.length],
  ...change,
});
const alive = (is: boolean): Partial<Task> => ({ alive: is });
const app = (id: string, labels: Record<string, string> = {}, change: Partial<Workload> = {}): Workload =>
  workload({
    id,
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', ...labels },
    servicePorts: [10_000],
    tasks: [task('a')],
    ...change,
  });
const since = (year: number, port: number): Partial<Workload> => ({
  since: `${year}-01-01T00:00:00Z`,
  servicePorts: [port],
});
const checked = (...tasks: Task[]): Partial<Workload> => ({ healthChecks: [{ protocol: 'HTTP', portIndex: 0 }], tasks });

const member = (id: string, at: string) =>
  app(id, { HAPROXY_DEPLOYMENT_GROUP: 'shop', HAPROXY_DEPLOYMENT_STARTED_AT: at }, { tasks: [task(id)] });

describe('an app that is not served', () => {
  const cases: [string, Workload, Partial<ModelSettings>, RegExp][] = [
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
    ['state', app('/x', {}, { tasks: [task('a', { state: STAGING })] }), {}, /\(1 of 1 not running \(TASK_STAGING\)\)$/],
    ['address', app('/x', {}, { tasks: [task('a', { host: 'gone' })] }), {}, /1 of 1 without an address/],
    ['host', app('/x', {}, { tasks: [{ id: 'a' }] }), {}, /1 of 1 without a host yet/],
  ];
  test.each(cases)('%s', (_, one, change, reason) => {
    const found = explainApp(decide([one], change), '/x');
    expect(found).toMatchObject({ served: false, services: [{ index: 0, served: false, port: 10_000 }] });
    expect(found.services[0]?.reasons).toEqual([expect.stringMatching(reason)]);
    expect(formatApp(found)).toMatch(/^\/x is not served\nservice 0, port 10000: not served\n {2}/);
  });

  test('is not there: the nearest one is named', () => {
    expect(explainApp(decide([app('/shop')]), 'shpo').notes).toEqual([
      expect.stringMatching(/no such app.*did you mean \/shop\?$/),
    ]);
  });

  test('has more service ports than its task has ports', () => {
    const found = explainApp(decide([app('/x', {}, { servicePorts: [10_000, 10_001] })]), '/x');
    expect(found.services.map(({ served }) => served)).toEqual([true, false]);
    expect(found.services[1]?.reasons).toEqual(['no task may serve (1 of 1 without that many ports)']);
  });

  test('has no port', () => {
    expect(explainApp(decide([app('/x', {}, { servicePorts: [] })]), '/x')).toMatchObject({
      services: [],
      notes: [expect.stringMatching(/^it has no service port/)],
    });
  });
});

describe('an app under a policy', () => {
  const policy = policyOf({
    rules: [
      { prefix: '/a', hosts: ['*.a.test'], rawTemplates: 'off' },
      { prefix: '/b', ports: [] },
    ],
  });
  const raw = { HAPROXY_0_BACKEND_HTTP_OPTIONS: '  option forwardfor\n' };

  test('says which rule counts, and what of it keeps a service out', () => {
    const found = explainApp(decide([app('/a/x', { HAPROXY_0_VHOST: 'b.test' })], { policy }), '/a/x');
    expect(found).toMatchObject({ served: false, services: [{ served: false }], problems: [{ rule: '/a' }] });
    expect(found.notes).toEqual([
      'the rule for /a of the policy counts for it (/golden/policy.json): hosts *.a.test; raw templates off',
    ]);
    expect(found.services[0]?.reasons).toEqual([
      expect.stringMatching(
        /^label HAPROXY_0_VHOST: the policy denies the host b\.test .* \(rule "hosts" of \/a\).*; let HAPROXY_0_VHOST have/,
      ),
    ]);
    expect(formatApp(found)).toContain('rule "hosts" of /a');
  });

  test('says so of an app that is served, and of one for which no rule counts', () => {
    const notesOf = (id: string) => explainApp(decide([app(id)], { policy }), id).notes;
    expect(notesOf('/a')).toEqual([expect.stringMatching(/^the rule for \/a of the policy counts for it/)]);
    expect(notesOf('/ab')).toEqual([expect.stringMatching(/^no rule of the policy counts for it/)]);
    expect(explainApp(decide([app('/ab')]), '/ab').notes).toEqual([]);
  });

  test('does not blame a template that costs the label only', () => {
    const found = explainApp(decide([app('/a', raw, { tasks: [], instances: 0 })], { policy }), '/a');
    expect(found.services[0]?.reasons).toEqual(['instances is 0']);
    expect(found.problems).toMatchObject([{ code: 'policy-denied' }]);
  });

  test('is not served as a group of another rule', () => {
    const apps = [app('/a/x', { HAPROXY_DEPLOYMENT_GROUP: 'b/shop' }), app('/b/shop')];
    const found = explainApp(decide(apps, { policy }), '/a/x');
    expect(found).toMatchObject({ served: false, notes: [expect.stringContaining('the rule for /a')] });
    expect(found.services[0]?.reasons).toEqual([expect.stringContaining('the policy denies the deployment group /b/shop')]);
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
    const text = formatApp(found);
    expect(text).toContain('  from host shop.test, paths that begin with /a (weight 1)\n');
    expect(text).toContain('user joe logs in (realm Shop)');
    expect(text).toContain('a cookie keeps a client at its server');
    expect(text).not.toContain('s3cr3t');
  });

  test('a host goes to the older of those that claim it, and the other one is told', () => {
    const labels = { HAPROXY_0_VHOST: 'shop.test,mine.test' };
    const apps = [app('/a', labels, since(2026, 10_000)), app('/b', { HAPROXY_0_VHOST: 'shop.test' }, since(2025, 10_001))];
    const routes = (id: string) => explainApp(decide(apps), id).services[0]?.routes;
    expect(routes('/a')).toContain('not host shop.test: it is also claimed by /b, whose definition is older, and leads there');
    expect(routes('/a')).toContain('host mine.test (weight 0)');
    expect(formatApp(explainApp(decide(apps), '/a'))).toContain('\n  not host shop.test');
    expect(routes('/b')).toContain(
      'host shop.test (weight 0, claimed by /a too, and leads to this one, whose definition is older)',
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

  test('the app id leads to its first HTTP service only', () => {
    const three = { servicePorts: [10_001, 10_002, 10_003], taskPorts: [] };
    const labels = { HAPROXY_1_VHOST: 'x.test', HAPROXY_2_MODE: 'http' };
    const decision = decide([app('/x', labels, { ...three, tasks: [task('a', { ports: [1, 2, 3] })] })]);
    const routes = explainApp(decision, '/x').services.map((service) => service.routes.some((route) => route.includes('App-Id')));
    expect(routes).toEqual([false, true, false]);
  });

  test('is not called served if HAProxy does not run it', () => {
    const decision = {
      ...decide([app('/x', { HAPROXY_0_VHOST: 'x.test' })]),
      notLive: 'HAProxy rejects the whole configuration: no',
    };
    expect(formatApp(explainApp(decision, '/x'))).toMatch(
      /^\/x would be served, but HAProxy rejects the whole configuration: no\n/,
    );
    const found = explainUrl(decision, requestOf('http://x.test/')!);
    expect(found.served).toBe(false);
    expect(formatUrl(found)).toMatch(/^http:\/\/x\.test\/ → \/x, service port 10000, but HAProxy rejects/);
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

describe('each label of a service', () => {
  // Of these, other values than the example show.
  const telling: Readonly<Record<string, string>> = { GROUP: 'internal' };
  test.each([...serviceRows.values()].map((row) => ({ name: row.name, row })))('$name is told', ({ name, row }) => {
    const beside = labelsBeside(row);
    const before = linesOf(beside);
    const told = linesOf({ ...beside, [name]: telling[name] ?? row.example }).filter((line) => !before.includes(line));
    // Sentences of routes and of those that are not served name no label.
    expect(told).toContainEqual(expect.stringMatching(row.trait === undefined ? /^ {2}\S/ : `^  \\S.* \\(${name}\\)$`));
  });
});

/** Returns what is told of an app with these labels, without its problems. */
function linesOf(labels: Readonly<Record<string, string>>): readonly string[] {
  const found = explainApp(decideLabelled(labels), '/x');
  return formatApp({ ...found, problems: [] }).split('\n');
}

/** Returns labels that one has no effect without. */
function labelsBeside({ name, lacks }: LabelRow): Readonly<Record<string, string>> {
  const labels: Record<string, string> =
    name === 'MODE' ? {} : { VHOST: 'x.test', MODE: name === 'TLS_PASSTHROUGH' ? 'tcp' : 'http' };
  for (;;) {
    const [service] = decideLabelled(labels).services;
    const lacking = service && lacks?.(service);
    if (lacking === undefined) return labels;
    const [, other = '', value] = /^(\w+)(?:=(.*))?$/.exec(lacking) ?? [];
    if (other in labels) throw new Error(`${name} lacks ${lacking}, which it has`);
    labels[other] = value ?? serviceRows.get(other)?.example ?? '';
  }
}

function decideLabelled(labels: Readonly<Record<string, string>>): Decision {
  const own = Object.entries(labels).map(([label, value]) => [`HAPROXY_0_${label}`, value] as const);
  return decide([app('/x', Object.fromEntries(own))], { limits: { ...DEFAULT_LIMITS, authHosts: ['auth.example.com:443'] } });
}

describe('a URL', () => {
  const apps = [
    app('/shop', { HAPROXY_0_VHOST: 'shop.test' }),
    app('/api', { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_PATH: '/api' }, { servicePorts: [10_001] }),
    app('/twin', { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_BACKEND_WEIGHT: '-1' }, { servicePorts: [10_002] }),
    app('/off', { HAPROXY_0_VHOST: 'shop.test', HAPROXY_0_ENABLED: 'no' }, { servicePorts: [10_003] }),
  ];
  const ask = (url: string) => explainUrl(decide(apps), requestOf(url)!);

  test('goes to a service; other rules lose by weight or path, apps that are off are named', () => {
    const found = ask('http://shop.test/x');
    expect(found).toMatchObject({ served: true, service: '/shop, service port 10000', absent: ['/off'] });
    expect(found.losers).toEqual([
      expect.stringMatching(/^\/api: use_backend .* — path_beg \/api does not hold$/),
      expect.stringMatching(/^\/twin: .* — holds, but comes later: it is claimed by \/shop, which has weight 0, above -1$/),
    ]);
    expect(formatUrl(found)).toMatch(
      /^http:\/\/shop\.test\/x → \/shop, service port 10000\n {2}marathon_http_in listens on port 80\nrule:\n/,
    );
  });

  test('goes nowhere', () => {
    expect(ask('http://shop.test:10003/')).toMatchObject({ served: false, backend: undefined, absent: ['/off'] });
    expect(formatUrl(ask('http://other.test/'))).toMatch(/→ no service\n.*\n {2}no rule holds: HAProxy answers 503\n$/);
  });
});

test('a service says which part of its requests goes to a canary', () => {
  const canary = { HAPROXY_0_MODE: 'http', HAPROXY_0_CANARY_OF: '/shop', HAPROXY_0_CANARY_WEIGHT: '5' };
  const decision = decide([
    app('/shop', { HAPROXY_0_VHOST: 'shop.test' }),
    app('/shop-next', { ...canary, HAPROXY_0_CANARY_MATCH: 'header X-A 1; cookie b' }, { servicePorts: [10_001] }),
  ]);
  const share =
    '5 of 100 requests and those with header X-A 1 or cookie b go to /shop-next, service port 10001, while one of its servers is healthy';
  expect(explainApp(decision, '/shop').services[0]?.traits).toContain(share);
  expect(explainApp(decision, '/shop-next').services[0]?.traits).toContain('is a canary of /shop (CANARY_OF)');
  const { backend, traits } = explainUrl(decision, requestOf('http://shop.test/')!);
  expect(backend).toBe('shop_10000');
  expect(traits).toContain(share);
});
