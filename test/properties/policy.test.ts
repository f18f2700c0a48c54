/** Random apps under random rules: nothing that a rule forbids is rendered, and what the rules allow is rendered as without them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { print } from '../../src/render/document.ts';
import { outcomeOf } from '../support/rendering/golden.ts';

const HOSTS = ['a.test', 'x.a.test', 'y.x.a.test', 'xa.test', 'b.test', 'x.b.test'];
const PATHS = ['/', '/a', '/a/', '/ab', '/a/b', '/b'];
const PORTS = [10_000, 10_001, 10_005, 10_010, 80];
/** Labels without an influence on anything else that is compared here. */
const SMALL = { STICKY: 'true', BALANCE: 'leastconn', USE_HSTS: 'true' } as const;

/** Requests that tell any two of the paths, and any two of the allowed paths, apart. */
const SAMPLES = [...new Set([...PATHS, ...PATHS.flatMap((path) => [`${path}/z`, `${path}z`, `${path}b`]), '/c', '/a/bz/'])];

interface App {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly path: string | undefined;
  readonly type: 'begin' | 'prefix' | 'exact' | undefined;
  readonly port: number;
  readonly second: string | undefined;
  readonly small: readonly (keyof typeof SMALL)[];
  readonly group: string;
  readonly isRaw: boolean;
  readonly tasks: number;
}

const apps = fc.uniqueArray(
  fc.record<App>({
    id: fc.constantFrom('/a', '/a/x', '/a/b/y', '/ab', '/ab/x', '/c/z', '/d'),
    hosts: fc.subarray(HOSTS, { maxLength: 2 }),
    path: fc.option(fc.constantFrom(...PATHS), { nil: undefined }),
    type: fc.constantFrom(undefined, 'begin', 'prefix', 'exact'),
    port: fc.constantFrom(...PORTS),
    second: fc.option(fc.constantFrom('127.0.0.1:10003,127.0.0.2', '127.0.0.1:444,127.0.0.2'), { nil: undefined }),
    small: fc.subarray(Object.keys(SMALL) as (keyof typeof SMALL)[]),
    group: fc.constantFrom('external', 'internal', 'external,other'),
    isRaw: fc.boolean(),
    tasks: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 5 },
);

interface Rule {
  readonly prefix: string;
  readonly hosts?: readonly string[];
  readonly paths?: readonly string[];
  readonly ports?: readonly (number | string)[];
  readonly groups?: readonly string[];
  readonly labels?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly rawTemplates?: 'allowed' | 'off';
  readonly limits?: { readonly vhosts?: number; readonly servers?: number };
}

const rule = fc.record<Rule, 'prefix'>(
  {
    prefix: fc.constantFrom('/', '/a', '/a/b', '/ab', '/c'),
    hosts: fc.subarray([...HOSTS, '*.a.test', '*.b.test', '*.test', '*']),
    paths: fc.subarray(['/', '/a', '/a*', '/a/b', '/b']),
    ports: fc.subarray([80, 10_003, '10000-10003', '10002-10010', 444]),
    groups: fc.subarray(['external', 'internal', 'other']),
    labels: fc.oneof(
      fc.record({ deny: fc.subarray(['STICKY', 'BALANCE', 'USE_*', 'BACKEND_HTTP_OPTIONS']) }),
      fc
        .subarray(['STICKY', 'BALANCE', 'USE_HSTS', 'BACKEND_*'])
        .map((names) => ({ allow: ['MODE', 'VHOST', 'PATH', 'PATH_TYPE', 'PORT', 'BIND_ADDR', ...names] })),
    ),
    rawTemplates: fc.constantFrom('allowed', 'off'),
    limits: fc.record({ vhosts: fc.integer({ min: 0, max: 2 }), servers: fc.integer({ min: 0, max: 3 }) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['prefix'] },
);
const rules = fc.uniqueArray(rule, { selector: ({ prefix }) => prefix, maxLength: 4 });

const RAW = '  http-request set-header X-Raw raw\n';

function workload({ id, hosts, path, type, port, second, small, group, isRaw, tasks }: App): object {
  const own = {
    MODE: 'http',
    ...(hosts.length > 0 && { VHOST: hosts.join(',') }),
    ...(path !== undefined && { PATH: path }),
    ...(type !== undefined && path !== undefined && hosts.length > 0 && { PATH_TYPE: type }),
    ...(second !== undefined && { BIND_ADDR: second }),
    ...(isRaw && { BACKEND_HTTP_OPTIONS: RAW }),
    ...Object.fromEntries(small.map((name) => [name, SMALL[name]])),
  };
  const labels = Object.entries(own).map(([name, value]) => [`HAPROXY_0_${name}`, value]);
  return {
    id,
    instances: tasks,
    labels: { HAPROXY_GROUP: group, ...Object.fromEntries(labels) },
    portDefinitions: [{ port, protocol: 'tcp' }],
    tasks: Array.from({ length: tasks }, (_, at) => ({
      id: `${id.slice(1).replaceAll('/', '_')}.${at}`,
      host: `10.0.0.${at + 1}`,
      ports: [31_000 + port],
      state: 'TASK_RUNNING',
    })),
  };
}

/** The rule of an app, found in the plainest way. */
function ruleOf(id: string, all: readonly Rule[]): Rule | undefined {
  const fitting = all.filter(({ prefix }) => prefix === '/' || id === prefix || id.startsWith(`${prefix}/`));
  return fitting.toSorted((one, other) => other.prefix.length - one.prefix.length)[0];
}

const hasHost = (allowed: readonly string[], host: string): boolean =>
  allowed.some((each) => each === '*' || each === host || (each.startsWith('*.') && host.endsWith(each.slice(1))));

const hasPath = (allowed: readonly string[], path: string): boolean =>
  allowed.some((each) => {
    if (each === '/') return true;
    return each.endsWith('*') ? path.startsWith(each.slice(0, -1)) : path === each || path.startsWith(`${each}/`);
  });

const hasPort = (allowed: readonly (number | string)[], port: number): boolean =>
  allowed.some((each) => {
    const [first = 0, last = first] = String(each).split('-').map(Number);
    return first <= port && port <= last;
  });

/** Returns whether a request for the path is one for the app. */
function takes({ path = '/', type, hosts }: App, sample: string): boolean {
  if (type === 'exact' && hosts.length > 0) return sample === path;
  if (type !== 'prefix' || hosts.length === 0) return sample.startsWith(path);
  const bare = path.replace(/\/$/, '');
  return sample === bare || sample.startsWith(`${bare}/`) || bare === '';
}

const isIn = (list: readonly string[], name: string): boolean =>
  list.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name));

function allowsLabels({ allow, deny = [] }: NonNullable<Rule['labels']>, { small, isRaw }: App): boolean {
  const names = [...small, ...(isRaw ? ['BACKEND_HTTP_OPTIONS'] : [])];
  return allow === undefined ? !names.some((name) => isIn(deny, name)) : names.every((name) => isIn(allow, name));
}

/** Returns the parts of its rule that an app breaks: what it asks for is compared request by request. */
function broken(app: App, all: readonly Rule[]): readonly string[] {
  const own = ruleOf(app.id, all);
  if (own === undefined) return [];
  const { hosts, paths, ports, groups, labels, limits = {} } = own;
  const isRouted = app.hosts.length > 0 || app.path !== undefined;
  const claimed = [app.port, ...(app.second === undefined ? [] : [Number(/:(\d+)/.exec(app.second)?.[1])])];
  const served = app.group.split(',').filter((group) => group === 'external');
  return [
    ...(hosts !== undefined && !app.hosts.every((host) => hasHost(hosts, host)) ? ['hosts'] : []),
    ...(paths !== undefined && isRouted && !SAMPLES.every((path) => !takes(app, path) || hasPath(paths, path)) ? ['paths'] : []),
    ...(ports !== undefined && !claimed.every((port) => hasPort(ports, port)) ? ['ports'] : []),
    ...(groups !== undefined && !served.every((group) => groups.includes(group)) ? ['groups'] : []),
    ...(labels !== undefined && !allowsLabels(labels, app) ? ['labels'] : []),
    ...(limits.vhosts !== undefined && app.hosts.length > limits.vhosts ? ['limits.vhosts'] : []),
    ...(limits.servers !== undefined && app.tasks > limits.servers ? ['limits.servers'] : []),
  ];
}

const GROUP = ['--group', 'external'];

it('nothing that a rule forbids is rendered, and all else is rendered as without the policy', () => {
  fc.assert(
    fc.property(apps, rules, (world, all) => {
      const { document, problems } = outcomeOf(world.map(workload), { args: GROUP, policy: { rules: all } });
      const here = world.filter(({ group }) => group !== 'internal');
      const faults = new Map(here.map((app) => [app.id, broken(app, all)]));
      const told = new Set(problems.filter(({ rule: by }) => by !== undefined).map(({ app }) => app));
      const expected = [...faults].filter(([, own]) => own.length > 0).map(([id]) => id);
      expect([...told].toSorted()).toEqual(expected.toSorted());

      // A template that is denied costs the label: the app is served as if it did not have it.
      const allowed = here.filter(({ id }) => faults.get(id)?.length === 0);
      const left = allowed.map((app) => ({ ...app, isRaw: app.isRaw && ruleOf(app.id, all)?.rawTemplates !== 'off' }));
      expect(print(document)).toBe(print(outcomeOf(left.map(workload), { args: GROUP }).document));
    }),
    { numRuns: 400 },
  );
}, 120_000);

it('one more rule takes away, and never adds', () => {
  fc.assert(
    fc.property(apps, rules, fc.constantFrom('/q', '/q/r'), (world, all, prefix) => {
      const args = { args: GROUP, policy: { rules: all } };
      const more = {
        ...args,
        policy: { rules: [...all, { prefix, hosts: [], ports: [], labels: { allow: [] }, rawTemplates: 'off' }] },
      };
      expect(print(outcomeOf(world.map(workload), more).document)).toBe(print(outcomeOf(world.map(workload), args).document));
    }),
    { numRuns: 100 },
  );
}, 120_000);
