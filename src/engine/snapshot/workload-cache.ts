/** Keeps what a source runs between passes. */
import type { ModelSettings } from '../../config/settings.ts';
import { lacksPorts } from '../../model/tasks/assign-ports.ts';
import { deploymentGroup } from '../../model/groups/deployment-groups.ts';
import { areIdentical, isSame, isSameMap } from '../../lib/deep-equal.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Workload } from '../../model/workload.ts';
import type { Dirty, Source, WorkloadsRead } from '../../sources/source.ts';

export interface WorkloadCache {
  /**
   * Reads what is dirty and returns all that is known then. What did not change is the same object as before, so that later stages skip
   * it. Throws as the source does; the next call reads everything then, as changes may have been missed.
   */
  read(dirty: Dirty, signal: AbortSignal): Promise<Snapshot>;
}

export function createWorkloadCache(source: Pick<Source, 'read'>, settings: Pick<ModelSettings, 'assignedPorts'>): WorkloadCache {
  let known = EMPTY;
  let isComplete = false;
  /** In the source's order, then those that were read alone since: their place is not known, and nothing depends on it. */
  let workloads = new Map<string, Workload>();

  const readAll = async (signal: AbortSignal): Promise<Snapshot> => {
    const read = await source.read('all', signal);
    const before = workloads;
    workloads = new Map(read.workloads.map((workload) => [workload.id, kept(workload, before.get(workload.id))]));
    return { ...read, workloads: [...workloads.values()] };
  };

  /** Returns undefined if the result depends on the order of all, which only a read of everything tells. */
  const readSome = async (dirty: ReadonlySet<string>, signal: AbortSignal): Promise<Snapshot | undefined> => {
    const read = await source.read(dirty, signal);
    const unread = [...read.gone, ...read.rejected.map(({ app }) => app)];
    const answered = new Set([...unread, ...read.workloads.map(({ id }) => id)]);
    const before = [...answered].flatMap((id) => workloads.get(id) ?? []);
    if (read.workloads.some((workload) => dependsOnOrder(workload, workloads.get(workload.id), settings))) return undefined;
    for (const id of unread) workloads.delete(id);
    for (const workload of read.workloads) workloads.set(workload.id, kept(workload, workloads.get(workload.id)));
    return {
      workloads: [...workloads.values()],
      addresses: edited(known.addresses, read.addresses),
      health: edited(known.health, verdicts(before, read)),
      rejected: [...known.rejected.filter(({ app }) => !answered.has(app)), ...read.rejected],
    };
  };

  return {
    read: async (dirty, signal) => {
      const some = isComplete && dirty !== 'all' ? dirty : undefined;
      isComplete = false;
      const fresh = (some && (await readSome(some, signal))) ?? (await readAll(signal));
      isComplete = true;
      known = reuse(fresh, known);
      return known;
    },
  };
}

const EMPTY: Snapshot = { workloads: [], addresses: new Map(), health: new Map(), rejected: [] };

/**
 * Returns whether a workload's place among the others decides how it, or another, is served, and may have changed: the workload is new, was created
 * again, or its place did not matter until now.
 */
function dependsOnOrder(
  workload: Workload,
  before: Workload | undefined,
  { assignedPorts }: Pick<ModelSettings, 'assignedPorts'>,
): boolean {
  const meaningOf = (each: Workload): string =>
    `${deploymentGroup(each) ?? ''} ${assignedPorts !== undefined && lacksPorts(each)}`;
  if (meaningOf(workload) === ' false') return false;
  return before === undefined || before.since !== workload.since || meaningOf(before) !== meaningOf(workload);
}

function kept(workload: Workload, before: Workload | undefined): Workload {
  return before !== undefined && isSame(before, workload) ? before : workload;
}

/** Returns the health of the tasks that were read; undefined for a task without (or that is gone). */
function verdicts(before: readonly Workload[], read: WorkloadsRead): ReadonlyMap<string, boolean | undefined> {
  const tasks = before.flatMap((workload) => workload.tasks);
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
    workloads: areIdentical(fresh.workloads, before.workloads) ? before.workloads : fresh.workloads,
    addresses: isSameMap(fresh.addresses, before.addresses) ? before.addresses : fresh.addresses,
    health: isSameMap(fresh.health, before.health) ? before.health : fresh.health,
    rejected: isSame(fresh.rejected, before.rejected) ? before.rejected : fresh.rejected,
  };
  const { workloads, addresses, health, rejected } = before;
  const isAll =
    snapshot.workloads === workloads &&
    snapshot.addresses === addresses &&
    snapshot.health === health &&
    snapshot.rejected === rejected;
  return isAll ? before : snapshot;
}
