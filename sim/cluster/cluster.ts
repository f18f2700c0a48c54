import type { AppDefinition } from '../definition/app-definition.ts';
import type { Clock } from './clock.ts';
import type { Deployment } from './deployments/deployment.ts';
import type { Random } from './random.ts';
import type { EventHub } from './event-hub.ts';
import type { Instance } from './instances/instance.ts';
import type { Delays, Profile } from '../options.ts';
import { FIRST_PORT, countServicePorts, type ServicePorts } from '../definition/service-ports.ts';

/** The state of the simulated cluster. Everything that happens reads and changes this, and says so through `touch` and `hub`. */
export interface Cluster {
  readonly settings: ClusterSettings;
  readonly hub: EventHub;
  readonly apps: Map<string, AppRecord>;
  /** Deleted apps whose tasks are dying stay in here, so this has more keys than `apps` at times. */
  readonly instances: Map<string, Map<string, Instance>>;
  readonly deployments: Map<string, Deployment>;
  readonly groups: Set<string>;
  readonly servicePorts: ServicePorts;
  /** Version of the root group: changes with each definition. */
  rootVersion: string;
  readonly leader: { host: string; lostUntil: number; status: number };
  /** Instances whose kill is under way. */
  readonly dying: Set<Instance>;
  /** Instances made so far. */
  serials: number;
  /** No offers come: what is to start stays Scheduled. */
  offersStopped: boolean;
  /** Work under way (launches, kills, deployments): 0 = nothing is about to happen but health checks. */
  busy: number;
  readonly waiters: Map<string, Set<() => void>>;
  readonly signal: AbortSignal;
  /** Errors of background work: a bug of the simulator; shown when it is closed. */
  readonly failures: unknown[];
  readonly running: Set<Promise<void>>;
}

export interface ClusterSettings {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly random: Random;
  readonly delays: Delays;
  readonly speed: number;
  readonly tasks: 'real' | 'none';
  readonly agents: readonly string[];
  readonly taskKilling: boolean;
}

export interface AppRecord {
  definition: AppDefinition;
  /** Oldest first. */
  readonly versions: AppDefinition[];
  /** Counts changes of anything that a read of this app shows. */
  revision: number;
  /** Failed launches in a row: the exponent of the back-off. */
  failures: number;
  lastTaskFailure?: object;
}

/** Waits that concern all apps are kept under this key. */
export const EVERY_APP = '*';

/** An empty cluster. `signal` ends all that goes on in it. */
export function createCluster(settings: ClusterSettings, hub: EventHub, signal: AbortSignal): Cluster {
  return {
    settings,
    hub,
    apps: new Map(),
    instances: new Map(),
    deployments: new Map(),
    groups: new Set(['/']),
    servicePorts: { taken: new Map(), floor: FIRST_PORT },
    rootVersion: new Date(settings.clock.now()).toISOString(),
    leader: { host: '', lostUntil: 0, status: 503 },
    dying: new Set(),
    serials: 0,
    offersStopped: false,
    busy: 0,
    waiters: new Map(),
    signal,
    failures: [],
    running: new Set(),
  };
}

/** The time as Marathon writes it. */
export function timestamp(cluster: Cluster): string {
  return new Date(cluster.settings.clock.now()).toISOString();
}

/** A version no definition has yet: the time, moved on by a millisecond where needed. */
export function nextVersion(cluster: Cluster): string {
  const version = new Date(Math.max(cluster.settings.clock.now(), Date.parse(cluster.rootVersion) + 1)).toISOString();
  cluster.rootVersion = version;
  return version;
}

/** Seconds of an app definition in milliseconds of this cluster. */
export function scaled(cluster: Cluster, seconds: number): number {
  return (seconds * 1000) / cluster.settings.speed;
}

/** Stores a definition as the current one of its app. */
export function storeApp(cluster: Cluster, definition: AppDefinition): AppRecord {
  const { id } = definition;
  const record = cluster.apps.get(id) ?? { definition, versions: [], revision: 0, failures: 0 };
  if (record.versions.length > 0) countServicePorts(cluster.servicePorts, record.definition, -1);
  record.definition = definition;
  if (record.versions.at(-1)?.version !== definition.version) record.versions.push(definition);
  countServicePorts(cluster.servicePorts, definition, 1);
  cluster.apps.set(id, record);
  for (let group = parentOf(id); !cluster.groups.has(group); group = parentOf(group)) cluster.groups.add(group);
  touch(cluster, id);
  return record;
}

/** Forgets a definition; its instances go their own way. */
export function removeApp(cluster: Cluster, id: string): void {
  const record = cluster.apps.get(id);
  if (!record) return;
  countServicePorts(cluster.servicePorts, record.definition, -1);
  cluster.apps.delete(id);
  touch(cluster, id);
}

/** `/shop` of `/shop/web`, `/` of `/web`. */
export function parentOf(id: string): string {
  return id.slice(0, Math.max(1, id.lastIndexOf('/')));
}

/** The instances of an app that are there in any state. */
export function instancesOf(cluster: Cluster, appId: string): Instance[] {
  return [...(cluster.instances.get(appId)?.values() ?? [])];
}

/** Something about `appId` changed: reads are made anew, those who wait look again. */
export function touch(cluster: Cluster, appId: string): void {
  const record = cluster.apps.get(appId);
  if (record) record.revision += 1;
  for (const key of [appId, EVERY_APP]) for (const check of cluster.waiters.get(key) ?? []) check();
}

/** Waits until `predicate` holds, looking whenever the app changes. Rejects when `signal` is aborted. */
export async function until(cluster: Cluster, appId: string, predicate: () => boolean, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (predicate()) return;
  const waiters = cluster.waiters.get(appId) ?? new Set();
  cluster.waiters.set(appId, waiters);
  const cleanUp: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (predicate()) resolve();
      };
      const abort = (): void => reject(signal.reason as Error);
      waiters.add(check);
      signal.addEventListener('abort', abort);
      cleanUp.push(() => waiters.delete(check) && signal.removeEventListener('abort', abort));
    });
  } finally {
    for (const clean of cleanUp) clean();
    if (waiters.size === 0 && cluster.waiters.get(appId) === waiters) cluster.waiters.delete(appId);
  }
}

/** Runs something in the background that `idle` waits for; ends quietly when aborted. */
export function spawn(cluster: Cluster, signal: AbortSignal, work: () => Promise<void>): void {
  cluster.busy += 1;
  background(cluster, signal, work, () => {
    cluster.busy -= 1;
    touch(cluster, EVERY_APP);
  });
}

/** Runs something endless in the background (health checks): nothing waits for it, but its errors are kept. */
export function background(cluster: Cluster, signal: AbortSignal, work: () => Promise<void>, done: () => void = () => {}): void {
  const run = (async () => {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted && !cluster.signal.aborted) cluster.failures.push(error);
    } finally {
      done();
    }
  })();
  cluster.running.add(run);
  void run.then(() => cluster.running.delete(run));
}
