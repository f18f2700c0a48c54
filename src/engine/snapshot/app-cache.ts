/** Keeps Marathon's apps between passes. */
import type { ModelSettings } from '../../config/settings.ts';
import type { AppsRead, Source } from '../../marathon/apps/source.ts';
import { lacksPorts } from '../../model/tasks/assign-ports.ts';
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import { areIdentical, isSame, isSameMap } from '../../lib/deep-equal.ts';
import { sinceOf } from '../../model/conflicts/seniority.ts';
import type { App, Snapshot } from '../../model/snapshot.ts';

/** What to read again: the apps of these ids, or everything. */
export type Dirty = 'all' | ReadonlySet<string>;

export interface AppCache {
  /**
   * Reads what is dirty and returns all that is known then. What did not change is the same object as before, so that later stages skip
   * it. Throws as the source does; the next call reads everything then, as changes may have been missed.
   */
  read(dirty: Dirty, signal: AbortSignal): Promise<Snapshot>;
}

export function createAppCache(source: Source, settings: Pick<ModelSettings, 'assignedPorts'>): AppCache {
  let known = EMPTY;
  let isComplete = false;
  /** Apps in Marathon's order, then those that were read alone since: their place is not known, and nothing depends on it. */
  let apps = new Map<string, App>();

  const readAll = async (signal: AbortSignal): Promise<Snapshot> => {
    const read = await source.readAll(signal);
    const before = apps;
    apps = new Map(read.apps.map((app) => [app.id, kept(app, before.get(app.id))]));
    return { ...read, apps: [...apps.values()] };
  };

  /** Returns undefined if the result depends on the order of all apps, which only a read of everything tells. */
  const readSome = async (ids: readonly string[], signal: AbortSignal): Promise<Snapshot | undefined> => {
    const read = await source.readApps(ids, signal);
    const unread = [...read.gone, ...read.rejected.map(({ app }) => app)];
    const answered = new Set([...unread, ...read.apps.map(({ id }) => id)]);
    const before = [...answered].flatMap((id) => apps.get(id) ?? []);
    if (read.apps.some((app) => dependsOnOrder(app, apps.get(app.id), settings))) return undefined;
    for (const id of unread) apps.delete(id);
    for (const app of read.apps) apps.set(app.id, kept(app, apps.get(app.id)));
    return {
      apps: [...apps.values()],
      addresses: edited(known.addresses, read.addresses),
      health: edited(known.health, verdicts(before, read)),
      rejected: [...known.rejected.filter(({ app }) => !answered.has(app)), ...read.rejected],
    };
  };

  return {
    read: async (dirty, signal) => {
      const some = isComplete && dirty !== 'all' ? [...dirty] : undefined;
      isComplete = false;
      const fresh = (some && (await readSome(some, signal))) ?? (await readAll(signal));
      isComplete = true;
      known = reuse(fresh, known);
      return known;
    },
  };
}

const EMPTY: Snapshot = { apps: [], addresses: new Map(), health: new Map(), rejected: [] };

/**
 * Whether an app's place among the others decides how it, or another, is served, and may have changed: the app is new, was created
 * again, or its place did not matter until now.
 */
function dependsOnOrder(app: App, before: App | undefined, { assignedPorts }: Pick<ModelSettings, 'assignedPorts'>): boolean {
  const meaningOf = (each: App): string => `${deploymentGroup(each) ?? ''} ${assignedPorts !== undefined && lacksPorts(each)}`;
  if (meaningOf(app) === ' false') return false;
  return before === undefined || sinceOf(before) !== sinceOf(app) || meaningOf(before) !== meaningOf(app);
}

function kept(app: App, before: App | undefined): App {
  return before !== undefined && isSame(before, app) ? before : app;
}

/** Returns the health of the tasks that were read; undefined for a task without (or that is gone). */
function verdicts(before: readonly App[], read: AppsRead): ReadonlyMap<string, boolean | undefined> {
  const tasks = before.flatMap((app) => app.tasks);
  return new Map([...tasks.map(({ id }) => [id, undefined] as const), ...read.health]);
}

/** Returns the map with these edits (undefined deletes); the same object if they change nothing. */
function edited<Value>(
  map: ReadonlyMap<string, Value>,
  edits: ReadonlyMap<string, Value | undefined>,
): ReadonlyMap<string, Value> {
  let result: Map<string, Value> | undefined;
  for (const [key, value] of edits) {
    if (map.get(key) === value) continue;
    result ??= new Map(map);
    if (value === undefined) result.delete(key);
    else result.set(key, value);
  }
  return result ?? map;
}

function reuse(fresh: Snapshot, before: Snapshot): Snapshot {
  const snapshot: Snapshot = {
    apps: areIdentical(fresh.apps, before.apps) ? before.apps : fresh.apps,
    addresses: isSameMap(fresh.addresses, before.addresses) ? before.addresses : fresh.addresses,
    health: isSameMap(fresh.health, before.health) ? before.health : fresh.health,
    rejected: isSame(fresh.rejected, before.rejected) ? before.rejected : fresh.rejected,
  };
  const { apps, addresses, health, rejected } = before;
  const isAll =
    snapshot.apps === apps && snapshot.addresses === addresses && snapshot.health === health && snapshot.rejected === rejected;
  return isAll ? before : snapshot;
}
