import type { AppDefinition } from '../definition/app-definition.ts';
import type { Clock } from './clock.ts';
import type { Deployment } from './deployment.ts';
import type { Dice } from './random.ts';
import type { EventHub } from './event-hub.ts';
import type { Instance } from './instance.ts';
import type { Delays, Profile } from '../options.ts';
import { FIRST_PORT, countServicePorts, type ServicePorts } from '../definition/service-ports.ts';

/** The state of the simulated cluster. Everything that happens reads and changes this, and says so through `touch` and `hub`. */
export interface World {
  readonly settings: WorldSettings;
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

export interface WorldSettings {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly dice: Dice;
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
export function createWorld(settings: WorldSettings, hub: EventHub, signal: AbortSignal): World {
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
export function timestamp(world: World): string {
  return new Date(world.settings.clock.now()).toISOString();
}

/** A version no definition has yet: the time, moved on by a millisecond where needed. */
export function nextVersion(world: World): string {
  const version = new Date(Math.max(world.settings.clock.now(), Date.parse(world.rootVersion) + 1)).toISOString();
  world.rootVersion = version;
  return version;
}

/** Seconds of an app definition in milliseconds of this world. */
export function scaled(world: World, seconds: number): number {
  return (seconds * 1000) / world.settings.speed;
}

/** Stores a definition as the current one of its app. */
export function storeApp(world: World, definition: AppDefinition): AppRecord {
  const { id } = definition;
  const record = world.apps.get(id) ?? { definition, versions: [], revision: 0, failures: 0 };
  if (record.versions.length > 0) countServicePorts(world.servicePorts, record.definition, -1);
  record.definition = definition;
  if (record.versions.at(-1)?.version !== definition.version) record.versions.push(definition);
  countServicePorts(world.servicePorts, definition, 1);
  world.apps.set(id, record);
  for (let group = parentOf(id); !world.groups.has(group); group = parentOf(group)) world.groups.add(group);
  touch(world, id);
  return record;
}

/** Forgets a definition; its instances go their own way. */
export function removeApp(world: World, id: string): void {
  const record = world.apps.get(id);
  if (!record) return;
  countServicePorts(world.servicePorts, record.definition, -1);
  world.apps.delete(id);
  touch(world, id);
}

/** `/shop` of `/shop/web`, `/` of `/web`. */
export function parentOf(id: string): string {
  return id.slice(0, Math.max(1, id.lastIndexOf('/')));
}

/** The instances of an app that are there in any state. */
export function instancesOf(world: World, appId: string): Instance[] {
  return [...(world.instances.get(appId)?.values() ?? [])];
}

/** Something about `appId` changed: reads are made anew, those who wait look again. */
export function touch(world: World, appId: string): void {
  const record = world.apps.get(appId);
  if (record) record.revision += 1;
  for (const key of [appId, EVERY_APP]) for (const check of world.waiters.get(key) ?? []) check();
}

/** Waits until `predicate` holds, looking whenever the app changes. Rejects when `signal` is aborted. */
export async function until(world: World, appId: string, predicate: () => boolean, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (predicate()) return;
  const waiters = world.waiters.get(appId) ?? new Set();
  world.waiters.set(appId, waiters);
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
    if (waiters.size === 0 && world.waiters.get(appId) === waiters) world.waiters.delete(appId);
  }
}

/** Runs something in the background that `idle` waits for; ends quietly when aborted. */
export function spawn(world: World, signal: AbortSignal, work: () => Promise<void>): void {
  world.busy += 1;
  background(world, signal, work, () => {
    world.busy -= 1;
    touch(world, EVERY_APP);
  });
}

/** Runs something endless in the background (health checks): nobody waits for it, but its errors are kept. */
export function background(world: World, signal: AbortSignal, work: () => Promise<void>, done: () => void = () => {}): void {
  const run = (async () => {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted && !world.signal.aborted) world.failures.push(error);
    } finally {
      done();
    }
  })();
  world.running.add(run);
  void run.then(() => world.running.delete(run));
}
