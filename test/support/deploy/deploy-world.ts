import type { Clock } from '../../../src/deploy/loop.ts';
import type { Observer } from '../../../src/deploy/io/observe.ts';
import type { AppState, BalancerState, Observation } from '../../../src/deploy/types.ts';
import type { ServerStats } from '../../../src/deploy/types.ts';
import { MarathonError, MarathonUnreachable } from '../../../src/sources/marathon/error.ts';
import { detailsOf } from '../../../src/sources/marathon/deploys/read-apps.ts';
import type { MarathonAnswer } from '../../../src/sources/marathon/http/response.ts';
import type { MarathonRequest } from '../../../src/sources/marathon/http/client.ts';
import { sidesOf } from '../../../src/model/groups/draining-side.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { KILLING, STAGING, workload } from '../workload.ts';

/** How bad a simulated world is; each is a share from 0 to 1 but the counts. Times in milliseconds. */
export interface Trouble {
  readonly balancers: number;
  /** Reads and writes of Marathon that fail, the latter before or after they took effect. */
  readonly marathonFails: number;
  readonly balancerSilent: number;
  readonly crashes: number;
  /** Tasks whose health checks fail for a while. */
  readonly sick: number;
  readonly healthLost: number;
  /** How often a server gets a session, each quarter of a second. */
  readonly load: number;
  /** Sessions that never end. */
  readonly endless: number;
  readonly reloads: boolean;
  readonly tellsPids: boolean;
  /** New tasks never get healthy. */
  readonly broken: boolean;
  /** The two definitions differ, and load balancers serve both apps by that of the app scaled earlier: old tasks fail the new one's checks. */
  readonly flips?: boolean;
}

interface Task {
  readonly id: string;
  readonly port: number;
  readonly runsAt: number;
  readonly aliveAt: number;
  sickUntil: number;
  diesAt: number;
}

interface Side {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  instances: number;
  scaledAt: number;
  tasks: Task[];
}

type Status = 'UP' | 'MAINT' | 'DOWN';

interface Server {
  status: Status;
  /** When each session ends. */
  sessions: number[];
}

interface Balancer {
  readonly name: string;
  servers: Map<string, Server>;
  /** Of processes from before a reload, by task. */
  old: { readonly task: string; readonly endsAt: number }[];
  nextLook: number;
  coming: { readonly at: number; readonly tasks: ReadonlyMap<string, Status> } | undefined;
  silentUntil: number;
}

/** A Marathon and load balancers in virtual time, which passes only while somebody sleeps. Breaches of the rules are noted. */
export interface DeployWorld {
  readonly observer: Observer;
  readonly clock: Clock;
  readonly sides: () => readonly { readonly id: string; readonly instances: number }[];
  /** As a look shows them. */
  readonly apps: () => readonly AppState[];
  readonly breaches: string[];
  /** The longest time that a load balancer had no task UP, milliseconds. */
  readonly darkest: () => number;
  readonly writes: () => number;
  readonly request: (asked: MarathonRequest) => Promise<MarathonAnswer>;
}

const TICK = 250;
/** Milliseconds between two looks of the loop (`stepDelay`). */
const LOOK = 1000;

export function createDeployWorld(
  start: { readonly old: number; readonly fresh: number; readonly newInstances: number; readonly maxWait: number },
  trouble: Trouble,
  random: () => number,
): DeployWorld {
  let now = 0;
  let serial = 0;
  let healthLostUntil = 0;
  let writes = 0;
  const breaches: string[] = [];
  const sides: Side[] = [];
  const offSince = new Map<string, number>();
  /** Since when tasks are in service without a break, by id. */
  const servingSince = new Map<string, number>();
  const killed = new Set<string>();
  let leader = 1;

  const startTask = (side: Side, delay: number): void => {
    serial += 1;
    const runsAt = now + delay * (0.2 + random());
    const isBroken = trouble.broken && side.id === '/x-green';
    const aliveAt = isBroken ? Infinity : runsAt + delay * random() * 0.5;
    side.tasks.push({
      id: `t${String(Math.floor(random() * 900) + 100)}.${serial}`,
      port: 1000 + serial,
      runsAt,
      aliveAt,
      sickUntil: 0,
      diesAt: Infinity,
    });
  };
  const addSide = (colour: string, instances: number, startedAt: string, delay: number): void => {
    const labels = {
      HAPROXY_DEPLOYMENT_GROUP: 'x',
      HAPROXY_0_PORT: '80',
      ...(trouble.flips && { HAPROXY_0_VHOST: colour }),
      HAPROXY_DEPLOYMENT_COLOUR: colour,
      HAPROXY_DEPLOYMENT_STARTED_AT: startedAt,
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(start.old),
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: String(start.newInstances),
    };
    const side: Side = { id: `/x-${colour}`, labels, instances, scaledAt: sides.length, tasks: [] };
    for (let at = 0; at < instances; at += 1) startTask(side, delay);
    sides.push(side);
  };
  addSide('blue', start.old, '2026-01-01T00:00:00', 0);
  addSide('green', start.fresh, '2026-02-01T00:00:00', 5000);
  const balancers: Balancer[] = Array.from({ length: trouble.balancers }, (_, at) => ({
    name: `lb-${at + 1}`,
    servers: new Map(),
    old: [],
    nextLook: 0,
    coming: undefined,
    silentUntil: 0,
  }));

  const isAlive = (task: Task): boolean => task.aliveAt <= now && task.sickUntil <= now && !isDying(task);
  const appOf = (side: Side): Workload =>
    workload({
      id: side.id,
      instances: side.instances,
      labels: side.labels,
      servicePorts: [80],
      healthChecks: [{ protocol: 'HTTP' }],
      scaledAt: new Date(side.scaledAt).toISOString(),
      tasks: side.tasks.map((task) => ({
        id: task.id,
        host: '10.0.0.1',
        ports: [task.port],
        state: isDying(task) ? KILLING : task.runsAt <= now ? undefined : STAGING,
        alive: now < healthLostUntil || task.runsAt > now ? undefined : isAlive(task),
      })),
    });
  /** What runs and is not healthy fails once a second. */
  const rawOf = (task: Task): object => {
    const isFailing = task.runsAt <= now && !isAlive(task);
    const lastFailure = new Date(now - (now % 1000)).toISOString();
    return { id: task.id, healthCheckResults: isFailing ? [{ lastFailure }] : [] };
  };
  const isLocked = (side: Side): boolean =>
    side.tasks.some((task) => isDying(task) || !isAlive(task)) || side.tasks.length !== side.instances;

  /** What it reads now is in force a moment later. */
  const refresh = (balancer: Balancer): void => {
    const apps = sides.map(appOf);
    const [first, second] = apps;
    const decided = first && second ? sidesOf(first, second) : undefined;
    const draining = new Set(decided?.kind === 'sides' ? decided.draining : []);
    // A task that was healthy stays so while the results are lost.
    const wanted = sides.flatMap((side) => side.tasks.filter(isAlive).map(({ id }) => id));
    const isFlipped = trouble.flips && decided?.kind === 'sides' && decided.older.id === '/x-green';
    const failing = new Set(
      isFlipped ? sides.flatMap((side) => (side.id === '/x-blue' ? side.tasks.map(({ id }) => id) : [])) : [],
    );
    const statusOf = (id: string): Status => (draining.has(id) ? 'MAINT' : failing.has(id) ? 'DOWN' : 'UP');
    balancer.coming = { at: now + 1500 * random(), tasks: new Map(wanted.map((id) => [id, statusOf(id)])) };
  };
  const apply = (balancer: Balancer, tasks: ReadonlyMap<string, Status>): void => {
    const there = new Map(sides.flatMap((side) => side.tasks.map((task) => [task.id, task])));
    const servers = new Map<string, Server>();
    for (const [id, status] of tasks) {
      const before = balancer.servers.get(id);
      const task = there.get(id);
      if (task && killed.has(id) && before?.status === 'MAINT' && status === 'UP')
        breaches.push(`at ${now} ${id} is killed, but back in service`);
      if (task) servers.set(id, { status, sessions: before?.sessions ?? [] });
    }
    // One that is taken away keeps its sessions.
    for (const [id, { sessions }] of balancer.servers)
      if (!servers.has(id) && there.has(id) && sessions.length > 0) servers.set(id, { status: 'MAINT', sessions });
    const isChanged = [...servers].some(([id, { status }]) => balancer.servers.get(id)?.status !== status);
    if (trouble.reloads && isChanged) {
      for (const [task, server] of servers) {
        balancer.old.push(...server.sessions.map((endsAt) => ({ task, endsAt })));
        server.sessions = [];
      }
    }
    balancer.servers = servers;
  };
  const happens = (share: number): boolean => random() < share;
  const tick = (): void => {
    now += TICK;
    if (happens(trouble.healthLost)) {
      healthLostUntil = now + 3000 * random();
      leader += 1;
    }
    for (const side of sides) {
      side.tasks = side.tasks.filter((task) => task.diesAt > now);
      const victim = side.tasks[Math.floor(random() * side.tasks.length)];
      const patient = side.tasks[Math.floor(random() * side.tasks.length)];
      // Longer than two looks, as Marathon's health checks are: what is shorter cannot be seen.
      if (patient && happens(trouble.sick)) patient.sickUntil = now + 2000 + 58_000 * random();
      if (victim && happens(trouble.crashes)) side.tasks = side.tasks.filter((task) => task !== victim);
      while (side.tasks.filter((task) => !isDying(task)).length < side.instances) startTask(side, 4000);
    }
    for (const balancer of balancers) {
      if (happens(trouble.balancerSilent)) balancer.silentUntil = now + 8000 * random();
      if (now >= balancer.nextLook) {
        refresh(balancer);
        balancer.nextLook = now + 1500 + 4000 * random();
      }
      if (balancer.coming && now >= balancer.coming.at) {
        apply(balancer, balancer.coming.tasks);
        balancer.coming = undefined;
      }
      balancer.old = balancer.old.filter(({ endsAt }) => endsAt > now);
      for (const server of balancer.servers.values()) {
        server.sessions = server.sessions.filter((endsAt) => endsAt > now);
        if (server.status === 'UP' && happens(trouble.load)) {
          const length = 200 + 4000 * random() ** 3;
          server.sessions.push(now + (happens(trouble.endless) ? Infinity : length));
        }
      }
    }
    noteOff();
  };
  const serves = (task: string): boolean => balancers.some(({ servers }) => servers.get(task)?.status === 'UP');
  const dark = new Map<Balancer, number>();
  let darkest = 0;
  const noteDark = (): void => {
    for (const balancer of balancers) {
      const isLit = [...balancer.servers.values()].some(({ status }) => status === 'UP');
      dark.set(balancer, isLit || now < 10_000 ? 0 : (dark.get(balancer) ?? 0) + TICK);
      darkest = Math.max(darkest, dark.get(balancer) ?? 0);
    }
  };
  const noteOff = (): void => {
    noteDark();
    for (const { id } of sides.flatMap((side) => side.tasks)) {
      if (!serves(id)) {
        servingSince.delete(id);
        if (!offSince.has(id)) offSince.set(id, now);
        continue;
      }
      const since = servingSince.get(id) ?? now;
      servingSince.set(id, since);
      // What is shorter may be between two looks: no look tells of it.
      if (now - since >= LOOK) offSince.delete(id);
    }
  };
  const sessionsOf = (task: string): number =>
    balancers.reduce((sum, { servers, old }) => {
      return sum + (servers.get(task)?.sessions.length ?? 0) + old.filter((session) => session.task === task).length;
    }, 0);

  /** What every kill must respect. */
  const checkKill = (what: string, tasks: readonly Task[]): void => {
    for (const task of tasks.filter((each) => !isDying(each))) {
      if (serves(task.id)) breaches.push(`${what} at ${now}: ${task.id} is in service`);
      killed.add(task.id);
      const off = now - (offSince.get(task.id) ?? now);
      if (sessionsOf(task.id) > 0 && off < start.maxWait)
        breaches.push(`${what} at ${now}: ${task.id} has sessions, off for ${off}`);
    }
  };
  const perform = ({ method, path, body }: MarathonRequest): MarathonAnswer => {
    const force = path.includes('force=true');
    if (method === 'POST') {
      const ids = new Set((body as { ids: string[] }).ids);
      const own = sides.filter((side) => side.tasks.some(({ id }) => ids.has(id)));
      if (!force && own.some(isLocked)) return answer(409, { message: 'App is locked' });
      for (const side of own) {
        const victims = side.tasks.filter((task) => ids.has(task.id) && !isDying(task));
        checkKill('kill', victims);
        side.instances -= victims.length;
        side.scaledAt = now + 10 + (writes += 1);
        for (const task of victims) task.diesAt = now + 3000 * random();
      }
      return answer(200);
    }
    const id = /^\/v2\/apps([^?]+)/.exec(path)?.[1] ?? '';
    const side = sides.find((each) => each.id === id);
    if (side === undefined) return answer(404, { message: `App '${id}' does not exist` });
    if (isLocked(side) && !force) return answer(409, { message: 'App is locked' });
    if (method === 'DELETE') {
      checkKill('delete', side.tasks);
      const other = sides.find((each) => each !== side);
      const isServed =
        other?.tasks.some((task) => balancers.every(({ servers }) => servers.get(task.id)?.status === 'UP')) ?? false;
      if (start.old > 0 && !isServed) breaches.push(`delete of ${id} at ${now}: nothing of the other side serves`);
      sides.splice(sides.indexOf(side), 1);
      writes += 1;
      return answer(200);
    }
    const { instances } = body as { instances: number };
    if (instances === side.instances) return answer(200);
    const surplus = side.tasks
      .filter((task) => !isDying(task))
      .sort((a, b) => Number(isAlive(a)) - Number(isAlive(b)) || b.runsAt - a.runsAt);
    const victims = surplus.slice(0, Math.max(0, surplus.length - instances));
    checkKill('scale', victims);
    for (const task of victims) task.diesAt = now + 500;
    side.instances = instances;
    side.scaledAt = now + 10 + (writes += 1);
    while (side.tasks.filter((task) => !isDying(task)).length < side.instances) startTask(side, 4000);
    return answer(200);
  };

  const seenOf = (balancer: Balancer): BalancerState => {
    const { name } = balancer;
    if (now < balancer.silentUntil) return { kind: 'silent', name, why: 'ECONNREFUSED' };
    const ports = new Map(sides.flatMap((side) => side.tasks.map(({ id, port }) => [id, port] as const)));
    const list = [...balancer.servers].map(([id, { status, sessions }]): ServerStats => {
      const figures = { queued: 0, total: 0, answers: [], failures: 0, answerTime: 0, rate: 0 };
      return { name: `10_0_0_1_${ports.get(id) ?? 0}`, status, sessions: sessions.length, ...figures };
    });
    const processes = trouble.tellsPids ? 2 + (balancer.old.length > 0 ? 1 : 0) : undefined;
    return { kind: 'answers', name, processes, backends: new Map([['x_80', list]]) };
  };

  const appsSeen = (): readonly AppState[] =>
    sides.map((side) => ({
      app: appOf(side),
      ...detailsOf({ tasks: side.tasks.map(rawOf), deployments: isLocked(side) ? [{ id: 'd' }] : [] }),
    }));

  for (let warm = 0; warm < 40; warm += 1) tick();
  return {
    breaches,
    darkest: () => darkest,
    sides: () => sides.map(({ id, instances }) => ({ id, instances })),
    apps: appsSeen,
    writes: () => writes,
    clock: {
      now: () => now,
      sleep: async (ms) => {
        for (let left = ms; left > 0; left -= TICK) tick();
      },
    },
    observer: {
      look: async (): Promise<Observation> => {
        if (happens(trouble.marathonFails)) throw unreachable();
        return { at: now, leader: `m${leader}`, apps: appsSeen(), balancers: balancers.map(seenOf) };
      },
    },
    request: async (asked) => {
      const isLost = happens(trouble.marathonFails);
      if (isLost && happens(0.5)) throw unreachable();
      const told = perform(asked);
      if (isLost) throw unreachable();
      return told;
    },
  };
}

function isDying(task: Task): boolean {
  return task.diesAt < Infinity;
}

function answer(status: number, body: object = {}): MarathonAnswer {
  return { url: 'http://m', status, headers: {}, text: JSON.stringify(body) };
}

function unreachable(): MarathonUnreachable {
  return new MarathonUnreachable([{ url: 'http://m', error: new MarathonError('server-error', 'no leader', { status: 502 }) }]);
}
