import fc from 'fast-check';
import type { Dirty } from '../../../src/sources/source.ts';
import type { Lookup } from '../../../src/sources/marathon/apps/dns-cache.ts';
import type { MarathonClient } from '../../../src/sources/marathon/http/client.ts';
import { MarathonError } from '../../../src/sources/marathon/error.ts';

/** One thing that happens; the numbers choose among what there is then. */
export interface Happening {
  readonly kind: (typeof KINDS)[number];
  readonly app: number;
  readonly task: number;
  readonly pick: number;
}

/** Several things that happen before Marathon is read again. */
export interface Step {
  readonly happenings: readonly Happening[];
  /** The read fails: once, and the next one has to make up for it. */
  readonly fails: boolean;
  /** Everything is dirty, as after a reconnect. */
  readonly everything: boolean;
}

const KINDS = [
  'scale-up',
  'scale-down',
  'health',
  'state',
  'host',
  'label',
  'unlabel',
  'ports',
  'version',
  'create',
  'delete',
  'group',
  'spoil',
  'reorder',
  'resolve',
  'nothing',
] as const;

/** Their backends, ACLs and groups collide now and then. */
const IDS = ['/a/b', '/a_b', '/a.b', '/blue', '/green', '/g'];

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(...KINDS),
  app: fc.nat(IDS.length - 1),
  task: fc.nat(4),
  pick: fc.nat(1000),
});

export const histories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    happenings: fc.array(happening, { minLength: 1, maxLength: 3 }),
    fails: fc.nat(15).map((roll) => roll === 0),
    everything: fc.nat(15).map((roll) => roll === 0),
  }),
  { minLength: 1, maxLength: 20, size: 'max' },
);

const LABELS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['HAPROXY_GROUP', ['external', 'internal', 'external,internal']],
  ['HAPROXY_0_GROUP', ['external', 'other']],
  ['HAPROXY_0_VHOST', ['a.example.com', 'a.example.com,b.example.com', 'b.example.com']],
  ['HAPROXY_1_VHOST', ['a.example.com', 'c.example.com']],
  ['HAPROXY_0_PATH', ['/x', '/y']],
  ['HAPROXY_0_PORT', ['10000', '10001', 'none']],
  ['HAPROXY_0_STICKY', ['true', 'perhaps']],
  ['HAPROXY_0_AUTH', ['realm:user:secret']],
  ['HAPROXY_0_BACKEND_WEIGHT', ['5', '-1', 'x']],
  ['HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX', ['1', '7']],
  ['HAPROXY_0_ENABLED', ['true', 'false']],
  ['HAPROXY_0_SSL_CERT', ['/etc/ssl/own.pem']],
  ['HAPROXY_0_BACKEND_SERVER_OPTIONS', ['  server {serverName} {host_ipv4}:{port}\n', '{nonsense}']],
  ['HAPROXY_0_HTTP_FRONTEND_ACL', ['  acl mine always_true\n', 'backend stolen\n']],
];

const HOSTS = ['10.0.0.1', '10.0.0.2', 'agent-1.example.com', 'agent-2.example.com', 'nowhere.example.com'];
const RESULTS = [undefined, [], [{ alive: true }], [{ alive: false }], [{ alive: false }, { alive: true }]];
const STATES = [undefined, 'TASK_RUNNING', 'TASK_STAGING', 'TASK_KILLING', 'TASK_UNREACHABLE'];
const DATES = ['2026-02-01T14:13:42.499Z', '2026-02-01T15:00:00.000Z', '2026-03-01T00:00:00.000Z', 'soon'];

interface FakeTask {
  readonly id: string;
  host: string;
  ports: readonly number[];
  state: string | undefined;
  healthCheckResults: (typeof RESULTS)[number];
  readonly ipAddresses: readonly object[] | undefined;
}

interface FakeApp {
  readonly id: string;
  labels: Record<string, string>;
  tasks: FakeTask[];
  versionInfo: { lastScalingAt: string | undefined; lastConfigChangeAt: string | undefined };
  [field: string]: unknown;
}

/** Marathon, as its API shows it, without a network. */
export interface FakeMarathon {
  readonly client: Pick<MarathonClient, 'getJson' | 'collect'>;
  /** While set, every read fails. */
  fails: boolean;
  /** Whether the last of the hosts has an address by now. */
  resolves: boolean;
  readonly lookup: Lookup;
  /** Lets something happen; the answer is what an event stream would say is dirty. */
  happen(happening: Happening): Dirty;
}

/** `isOrdered` says that results depend on Marathon's order, of which no event tells. */
export function fakeMarathon(isOrdered: (apps: readonly { readonly labels: object }[]) => boolean): FakeMarathon {
  let apps: FakeApp[] = [];
  let count = 0;
  const nameOf = (id: string): string => `${id.slice(1).replaceAll('/', '_')}.${count++}`;
  const create = (id: string, pick: number): FakeApp => ({
    id,
    instances: 1,
    labels: { HAPROXY_GROUP: 'external', ...(pick % 2 === 0 && { HAPROXY_0_VHOST: 'a.example.com' }) },
    tasks: [newTask(nameOf(id), pick)],
    versionInfo: { lastScalingAt: pickOf(DATES, count), lastConfigChangeAt: new Date(count * 1000).toISOString() },
    ...pickOf(DIALECTS, pick),
  });
  const ask = (path: string): unknown => {
    if (marathon.fails) throw new MarathonError('timeout', 'no answer');
    if (path.startsWith('/v2/apps?')) return { apps };
    const id = `/${decodeURIComponent(path.replace('/v2/apps/', '').replace(/\?.*/, ''))}`;
    const app = apps.find((each) => each.id === id);
    if (app === undefined) throw new MarathonError('not-found', 'no such app', { status: 404 });
    return { app };
  };
  const marathon: FakeMarathon = {
    fails: false,
    resolves: false,
    // oxlint-disable-next-line require-await -- so that what is thrown is a rejection
    lookup: async (host) => {
      if (host === HOSTS.at(-1) && !marathon.resolves) throw new Error('ENOTFOUND');
      return host.includes('1') ? '10.0.1.1' : '10.0.1.2';
    },
    client: {
      // oxlint-disable-next-line require-await -- so that what is thrown is a rejection
      getJson: async (path) => JSON.parse(JSON.stringify(ask(path))) as unknown,
      // oxlint-disable-next-line require-await
      collect: async (path, collector) => {
        const { push, end } = collector();
        push(JSON.stringify(ask(path)));
        return end();
      },
    },
    happen: ({ kind, app: at, task: taskAt, pick }) => {
      const id = pickOf(IDS, at);
      if (kind === 'resolve') {
        marathon.resolves = true;
        return 'all';
      }
      if (kind === 'reorder') {
        apps = pick % 2 === 0 ? apps.toReversed() : [...apps.slice(1), ...apps.slice(0, 1)];
        return isOrdered(apps) ? 'all' : new Set();
      }
      const app = apps.find((each) => each.id === id);
      if (app === undefined) {
        if (kind !== 'nothing') apps = apps.toSpliced(pick % (apps.length + 1), 0, create(id, pick));
      } else if (kind === 'delete') apps = apps.filter((each) => each !== app);
      else change(app, kind, taskAt, pick, () => nameOf(id));
      return new Set([id]);
    },
  };
  return marathon;
}

const DIALECTS: readonly object[] = [
  { portDefinitions: [{ port: 10_000 }, { port: 10_001 }] },
  { portDefinitions: [{ port: 10_002 }], healthChecks: [{ protocol: 'HTTP', path: '/', portIndex: 0 }] },
  { ports: [10_000] },
  {
    networks: [{ mode: 'container/bridge' }],
    container: { portMappings: [{ containerPort: 80, servicePort: 10_003 }] },
    healthChecks: [{ protocol: 'TCP', portIndex: 0 }],
  },
  { ipAddress: { discovery: { ports: [{ number: 80 }, { number: 81 }] } } },
  { networks: [{ mode: 'container' }], container: { portMappings: [{ containerPort: 80 }] } },
];

const PORT_FIELDS = {
  portDefinitions: undefined,
  ports: undefined,
  networks: undefined,
  container: undefined,
  ipAddress: undefined,
};

function change(app: FakeApp, kind: Happening['kind'], taskAt: number, pick: number, name: () => string): void {
  const task = app.tasks[taskAt % Math.max(1, app.tasks.length)];
  const [label, values] = pickOf(LABELS, pick);
  switch (kind) {
    case 'scale-up':
      app.tasks.push(newTask(name(), pick));
      break;
    case 'scale-down':
      app.tasks = app.tasks.filter((each) => each !== task);
      break;
    case 'health':
      if (task) task.healthCheckResults = pickOf(RESULTS, pick);
      break;
    case 'state':
      if (task) task.state = pickOf(STATES, pick);
      break;
    case 'host':
      if (task) task.host = pickOf(HOSTS, pick);
      break;
    case 'label':
      app.labels[label] = pickOf(values, taskAt);
      break;
    case 'unlabel':
      delete app.labels[pickOf(Object.keys(app.labels), pick) ?? ''];
      break;
    case 'ports':
      Object.assign(app, PORT_FIELDS, pickOf(DIALECTS, pick));
      break;
    case 'version':
      app.versionInfo = { lastScalingAt: pickOf(DATES, pick), lastConfigChangeAt: pickOf(DATES, taskAt) };
      app['instances'] = pick % 4;
      break;
    case 'group':
      app.labels['HAPROXY_DEPLOYMENT_GROUP'] = pickOf(['g', '/a/b'], pick);
      app.labels['HAPROXY_DEPLOYMENT_STARTED_AT'] = pickOf(DATES, taskAt);
      if (pick % 3 === 0) app.labels['HAPROXY_DEPLOYMENT_NEW_INSTANCES'] = '1';
      app.labels['HAPROXY_DEPLOYMENT_TARGET_INSTANCES'] = String(pick % 4);
      break;
    case 'spoil':
      app['networks'] = app['networks'] === 'x' ? undefined : 'x';
      break;
    case 'create':
    case 'delete':
    case 'reorder':
    case 'resolve':
    case 'nothing':
      break;
    default:
      kind satisfies never;
  }
}

function newTask(id: string, pick: number): FakeTask {
  return {
    id,
    host: pickOf(HOSTS, pick),
    ports: [31_000 + (pick % 9), 31_100],
    state: 'TASK_RUNNING',
    healthCheckResults: pickOf(RESULTS, pick + 2),
    ipAddresses: pick % 5 === 0 ? undefined : [{ ipAddress: `172.16.0.${1 + (pick % 3)}` }],
  };
}

function pickOf<T>(list: readonly T[], at: number): T {
  return list[at % list.length] as T;
}
