/** What the answer of a Marathon 1.11 to `GET /v2/apps?embed=apps.tasks` is made of. */
export interface WorldSize {
  readonly apps: number;
  readonly tasksPerApp: number;
  readonly seed: number;
}

/**
 * The answer of a Marathon with so many apps, app by app, to be put between `{"apps":[` and `]}`: about 3.1 kB an app of five tasks. Same size,
 * same text. One service port an app (a few have two), one task in fifty unhealthy; the kinds of apps are drawn in the shares of `KINDS`.
 */
export function* world({ apps, tasksPerApp, seed }: WorldSize): Generator<string> {
  const dice = createDice(seed);
  for (let number = 0; number < apps; number += 1) yield JSON.stringify(appOf(number, tasksPerApp, dice));
}

type Dice = () => number;
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

function appOf(number: number, tasks: number, dice: Dice): object {
  const roll = dice();
  const kind = KINDS.find(([share]) => roll < share)?.[1] ?? 'plain';
  const team = pick(TEAMS, dice);
  const id = `/${team}/${pick(ROLES, dice)}-${number}`;
  const versionAt = STARTED + Math.floor(dice() * 1e10);
  const version = new Date(versionAt).toISOString();
  const ports = dice() < 0.1 ? 2 : 1;
  const port = 10_000 + number * 2;
  const app = {
    id,
    container: containerOf(kind, team, number, ports, port),
    cpus: 0.5,
    healthChecks: [healthCheckOf(kind)],
    instances: tasks,
    labels: labelsOf(kind, team, number, dice),
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
  return { ...app, tasks: numbers(tasks).map((at) => taskOf(id, versionAt, kind, number, at, ports, dice)) };
}

function taskOf(app: string, versionAt: number, kind: Kind, number: number, at: number, ports: number, dice: Dice): object {
  const instance = `${app.slice(1).replaceAll('/', '_')}.instance-${uuid(dice)}`;
  const agent = Math.floor(dice() * 400);
  const host = `10.0.${Math.floor(agent / 200)}.${10 + (agent % 200)}`;
  const alive = dice() >= 0.02;
  const startedAt = versionAt + 2000 + at * 500;
  const seen = new Date(startedAt + 15_000).toISOString();
  const own = `172.${16 + (number >> 12)}.${(number >> 4) & 255}.${((number & 15) << 4) + at}`;
  return {
    ipAddresses: [{ ipAddress: kind === 'container' ? own : host, protocol: 'IPv4' }],
    state: 'TASK_RUNNING',
    ports: numbers(ports).map(() => 31_000 + Math.floor(dice() * 1000)),
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

function labelsOf(kind: Kind, team: string, number: number, dice: Dice): Record<string, string> {
  const labels: Record<string, string> = { team, HAPROXY_GROUP: 'external' };
  const vhost = `s${number}.${team}.example.com`;
  if (kind === 'vhost' || kind === 'sticky' || kind === 'container')
    labels['HAPROXY_0_VHOST'] = dice() < 0.2 ? `${vhost},www.${vhost}` : vhost;
  if (kind === 'vhost' && dice() < 0.3) labels['HAPROXY_0_REDIRECT_TO_HTTPS'] = 'true';
  if (kind === 'sticky') labels['HAPROXY_0_STICKY'] = 'true';
  if (kind === 'tcp') labels['HAPROXY_0_MODE'] = 'tcp';
  if (kind === 'path') {
    labels['HAPROXY_0_VHOST'] = `${team}.example.com`;
    labels['HAPROXY_0_PATH'] = `/s${number}`;
  }
  return labels;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function pick(from: readonly string[], dice: Dice): string {
  return from[Math.floor(dice() * from.length)] as string;
}

function uuid(dice: Dice): string {
  return `${hex(dice)}-${hex(dice).slice(4)}-11eb-${hex(dice).slice(4)}-${hex(dice)}5800`;
}

function hex(dice: Dice): string {
  return Math.floor(dice() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

/** mulberry32: numbers from 0 up to 1, the same for the same seed. */
function createDice(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
