/** What the answer of a Marathon 1.11 to `GET /v2/apps?embed=apps.tasks` is made of. */
export interface WorldSize {
  readonly apps: number;
  readonly tasksPerApp: number;
  readonly seed: number;
  /** Each app has five labels of those that render lines, beside its others. */
  readonly isLabelled?: boolean;
}

/**
 * The answer of a Marathon with so many apps, app by app, to be put between `{"apps":[` and `]}`: about 3.1 kB an app of five tasks. Same size,
 * same text. One service port an app (a few have two), one task in fifty unhealthy; the kinds of apps are drawn in the shares of `KINDS`.
 */
export function* world({ apps, tasksPerApp, seed, isLabelled = false }: WorldSize): Generator<string> {
  const random = createRandom(seed);
  for (let number = 0; number < apps; number += 1) yield JSON.stringify(appOf(number, tasksPerApp, random, isLabelled));
}

/** Returns the arguments of a program of this folder that makes a world. */
export function wordsOf({ apps, tasksPerApp, seed, isLabelled = false }: WorldSize): readonly string[] {
  return [apps, tasksPerApp, seed, isLabelled ? 'labelled' : 'plain'].map(String);
}

/** Returns the world that these arguments mean. */
export function sizeOf([apps, tasksPerApp, seed, kind]: readonly string[]): WorldSize {
  return { apps: Number(apps), tasksPerApp: Number(tasksPerApp), seed: Number(seed), isLabelled: kind === 'labelled' };
}

type Random = () => number;
type Kind = 'vhost' | 'path' | 'sticky' | 'tcp' | 'container' | 'plain';

const KINDS: readonly (readonly [share: number, kind: Kind])[] = [
  [0.45, 'vhost'],
  [0.6, 'path'],
  [0.7, 'sticky'],
  [0.8, 'tcp'],
  [0.9, 'container'],
  [1, 'plain'],
];

const TEAMS = ['shop', 'billing', 'search', 'media', 'identity', 'reporting', 'platform', 'mobile'];
const ROLES = ['web', 'api', 'worker', 'gateway', 'admin', 'feed'];
const STARTED = Date.UTC(2026, 0, 5, 8);

function appOf(number: number, tasks: number, random: Random, isLabelled: boolean): object {
  const roll = random();
  const kind = KINDS.find(([share]) => roll < share)?.[1] ?? 'plain';
  const team = pick(TEAMS, random);
  const id = `/${team}/${pick(ROLES, random)}-${number}`;
  const versionAt = STARTED + Math.floor(random() * 1e10);
  const version = new Date(versionAt).toISOString();
  const ports = random() < 0.1 ? 2 : 1;
  const port = 10_000 + number * 2;
  const app = {
    id,
    container: containerOf(kind, team, number, ports, port),
    cpus: 0.5,
    healthChecks: [healthCheckOf(kind)],
    instances: tasks,
    labels: { ...labelsOf(kind, team, number, random), ...(isLabelled && fiveLabels(kind, number)) },
    mem: 512,
    networks: [
      kind === 'container' ? { name: 'dcos', mode: 'container' } : { mode: kind === 'tcp' ? 'host' : 'container/bridge' },
    ],
    ...(kind === 'tcp'
      ? { portDefinitions: numbers(ports).map((at) => ({ port: port + at, protocol: 'tcp', name: `p${at}` })) }
      : {}),
    version,
    versionInfo: { lastScalingAt: version, lastConfigChangeAt: version },
    tasksStaged: 0,
    tasksRunning: tasks,
    tasksHealthy: tasks,
    tasksUnhealthy: 0,
    deployments: [],
  };
  return { ...app, tasks: numbers(tasks).map((at) => taskOf(id, versionAt, kind, number, at, ports, random)) };
}

function taskOf(app: string, versionAt: number, kind: Kind, number: number, at: number, ports: number, random: Random): object {
  const instance = `${app.slice(1).replaceAll('/', '_')}.instance-${uuid(random)}`;
  const agent = Math.floor(random() * 400);
  const host = `10.0.${Math.floor(agent / 200)}.${10 + (agent % 200)}`;
  const alive = random() >= 0.02;
  const startedAt = versionAt + 2000 + at * 500;
  const seen = new Date(startedAt + 15_000).toISOString();
  const own = `172.${16 + (number >> 12)}.${(number >> 4) & 255}.${((number & 15) << 4) + at}`;
  return {
    ipAddresses: [{ ipAddress: kind === 'container' ? own : host, protocol: 'IPv4' }],
    state: 'TASK_RUNNING',
    ports: numbers(ports).map(() => 31_000 + Math.floor(random() * 1000)),
    startedAt: new Date(startedAt).toISOString(),
    version: new Date(versionAt).toISOString(),
    id: instance,
    appId: app,
    slaveId: `28b00233-9022-4f32-S${agent}`,
    host,
    healthCheckResults: [
      alive ? { alive, consecutiveFailures: 0, lastSuccess: seen } : { alive, consecutiveFailures: 2, lastFailure: seen },
    ],
  };
}

function containerOf(kind: Kind, team: string, number: number, ports: number, port: number): object {
  const docker = { image: `${team}:1.${number % 40}` };
  if (kind === 'tcp') return { type: 'DOCKER', docker };
  const portMappings = numbers(ports).map((at) => ({
    containerPort: 8080 + at,
    ...(kind === 'container' ? {} : { hostPort: 0 }),
    name: `p${at}`,
    protocol: 'tcp',
    servicePort: port + at,
  }));
  return { type: 'DOCKER', docker, portMappings };
}

function healthCheckOf(kind: Kind): object {
  const times = { gracePeriodSeconds: 30, intervalSeconds: 10, maxConsecutiveFailures: 3, timeoutSeconds: 5, delaySeconds: 15 };
  if (kind === 'tcp') return { ...times, portIndex: 0, protocol: 'MESOS_TCP', ipProtocol: 'IPv4' };
  return { ...times, ignoreHttp1xx: false, path: '/health', portIndex: 0, protocol: 'HTTP', ipProtocol: 'IPv4' };
}

function labelsOf(kind: Kind, team: string, number: number, random: Random): Record<string, string> {
  const labels: Record<string, string> = { team, HAPROXY_GROUP: 'external' };
  const vhost = `s${number}.${team}.example.com`;
  if (kind === 'vhost' || kind === 'sticky' || kind === 'container')
    labels['HAPROXY_0_VHOST'] = random() < 0.2 ? `${vhost},www.${vhost}` : vhost;
  if (kind === 'vhost' && random() < 0.3) labels['HAPROXY_0_REDIRECT_TO_HTTPS'] = 'true';
  if (kind === 'sticky') labels['HAPROXY_0_STICKY'] = 'true';
  if (kind === 'tcp') labels['HAPROXY_0_MODE'] = 'tcp';
  if (kind === 'path') {
    labels['HAPROXY_0_VHOST'] = `${team}.example.com`;
    labels['HAPROXY_0_PATH'] = `/s${number}`;
  }
  return labels;
}

/** Some values are those of many apps, some of one. */
function fiveLabels(kind: Kind, number: number): Record<string, string> {
  const common = {
    HAPROXY_0_TIMEOUT_SERVER: `${30 + (number % 4) * 30}s`,
    HAPROXY_0_MAX_CONNECTIONS: `${50 + (number % 10) * 10}`,
    HAPROXY_0_DENY: `192.0.2.${number % 256}, 198.51.100.0/24`,
  };
  return kind === 'tcp'
    ? { ...common, HAPROXY_0_CLIENT_CONNECTIONS: '20', HAPROXY_0_SLOW_START: '30s' }
    : { ...common, HAPROXY_0_RATE_LIMIT: '100/10s', HAPROXY_0_REQUEST_HEADERS: `set X-App: s${number}; del X-Debug` };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function pick(from: readonly string[], random: Random): string {
  return from[Math.floor(random() * from.length)] as string;
}

function uuid(random: Random): string {
  return `${hex(random)}-${hex(random).slice(4)}-11eb-${hex(random).slice(4)}-${hex(random)}5800`;
}

function hex(random: Random): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

/** mulberry32: numbers from 0 up to 1, the same for the same seed. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
