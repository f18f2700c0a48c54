import type { MarathonSettings } from '../../../config/settings.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Problem } from '../../../model/problem.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import type { Source, WorkloadsRead } from '../../source.ts';
import { createAddresses } from './dns-cache.ts';
import { appsCollector, areUnusual, understand } from './collect-apps.ts';
import type { Lookup } from './dns-cache.ts';
import { mapBounded } from '../../../lib/async/bounded.ts';
import type { MarathonClient } from '../http/client.ts';
import { MarathonError } from '../error.ts';
import { createFormerVersions } from './former-versions.ts';
import { createRecent } from '../../../lib/lru.ts';
import type { Recent } from '../../../lib/lru.ts';
import type { MarathonApp } from './dialects.ts';
import { readApp } from './read-app.ts';

export interface AppReaderOptions {
  readonly log: Logger;
  /** Marathon is read once only: nothing is remembered for a next time. */
  readonly once?: boolean;
  /** IPv4 address of a host name; rejects if there is none. By default the system's. */
  readonly lookup?: Lookup;
  /** Monotonic clock, milliseconds. */
  readonly now?: () => number;
}

/**
 * Reads apps, with what the model needs to know besides: addresses of hosts, last known health. Of a read of some apps, hosts that are known
 * already are not looked up again. Throws a `MarathonError` if Marathon does not give it.
 */
export function createAppReader(
  client: Pick<MarathonClient, 'getJson' | 'collect'>,
  settings: Pick<MarathonSettings, 'frameworkName' | 'lruCacheCapacity'>,
  options: AppReaderOptions,
): Pick<Source, 'read'> {
  const addresses = createAddresses({ capacity: settings.lruCacheCapacity, ...options });
  /** Last verdict by task id. */
  const verdicts = createRecent<string, boolean>(settings.lruCacheCapacity);

  const former = createFormerVersions(client, options);

  const snapshotOf = async (
    read: readonly MarathonApp[],
    rejected: readonly Problem[],
    everything: boolean,
    signal: AbortSignal,
  ): Promise<Snapshot> => {
    const health = options.once === true ? NONE : remember(read, verdicts, everything);
    const workloads = await former.addTo(read, everything, signal);
    return { workloads, addresses: await addresses.of(hostsOf(workloads), { refresh: everything, signal }), health, rejected };
  };

  const readOne = async (id: string, signal: AbortSignal): Promise<MarathonApp | Problem | undefined> => {
    if (id.replace(/^\//, '') === settings.frameworkName || hasDotSegment(id)) return undefined;
    try {
      const answer = await client.getJson(`/v2/apps/${encodeId(id)}?embed=app.tasks`, signal);
      const raw = fieldOf(answer, 'app');
      // No word about the app, and no mistake of it: what is served stays.
      if (raw === undefined) throw new MarathonError('unexpected-answer', noApp(id));
      const found = readApp(raw) ?? (await readUnusual(raw, id));
      // It would take the place of another app.
      if ('id' in found && found.id !== id) throw new MarathonError('unexpected-answer', otherApp(id));
      return found;
    } catch (error) {
      // Only Marathon's own word counts: an endpoint that is no Marathon makes the client throw `MarathonUnreachable`.
      if (error instanceof MarathonError && error.code === 'not-found') return undefined;
      throw error;
    }
  };

  const readAll = async (signal: AbortSignal): Promise<WorkloadsRead> => {
    const entries = await client.collect('/v2/apps?embed=apps.tasks', appsCollector, signal);
    const parse = areUnusual(entries) ? (await import('./schema.ts')).parseApp : undefined;
    const { apps, rejected } = understand(entries, settings.frameworkName, parse);
    return { ...(await snapshotOf(apps, rejected, true, signal)), gone: [] };
  };

  const readSome = async (ids: ReadonlySet<string>, signal: AbortSignal): Promise<WorkloadsRead> => {
    const read = await mapBounded([...ids], PARALLEL_READS, async (id) => ({ id, found: await readOne(id, signal) }));
    const apps: MarathonApp[] = [];
    const rejected: Problem[] = [];
    const gone: string[] = [];
    for (const { id, found } of read) {
      if (found === undefined) gone.push(id);
      else if ('code' in found) rejected.push(found);
      else apps.push(found);
    }
    return { ...(await snapshotOf(apps, rejected, false, signal)), gone };
  };

  return { read: (dirty, signal) => (dirty === 'all' ? readAll(signal) : readSome(dirty, signal)) };
}

const NONE: ReadonlyMap<string, boolean> = new Map();

const PARALLEL_READS = 8;
const noApp = (id: string): string => `the answer to GET /v2/apps${id} has no "app": check that --marathon names a Marathon`;
const otherApp = (id: string): string =>
  `the answer to GET /v2/apps${id} is about another app: check that --marathon names a Marathon`;

/** Notes the verdicts of this read, and gives the last ones of tasks that have no results (any more). */
function remember(apps: readonly MarathonApp[], verdicts: Recent<string, boolean>, everything: boolean): Map<string, boolean> {
  let tasks = 0;
  const last = new Map<string, boolean>();
  for (const app of apps) {
    for (const task of app.tasks) {
      tasks++;
      const verdict = task.alive ?? verdicts.get(task.id);
      if (verdict === undefined) continue;
      verdicts.set(task.id, verdict);
      if (task.alive === undefined) last.set(task.id, verdict);
    }
  }
  if (everything) verdicts.trim(tasks);
  return last;
}

function hostsOf(apps: readonly MarathonApp[]): Set<string> {
  const hosts = new Set<string>();
  for (const app of apps) for (const { host } of app.tasks) if (host !== undefined && host !== '') hosts.add(host);
  return hosts;
}

/** Reads with the schema, which is a large library. The problem is that of the app that was asked for. */
async function readUnusual(raw: unknown, id: string): Promise<MarathonApp | Problem> {
  const { parseApp } = await import('./schema.ts');
  const { app, problem } = parseApp(raw);
  return app ?? { ...problem, app: id };
}

function fieldOf(answer: unknown, field: string): unknown {
  return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[field] : undefined;
}

function encodeId(id: string): string {
  return id.replace(/^\//, '').split('/').map(encodeURIComponent).join('/');
}

/** Such an id would lead to another route; Marathon has none. */
function hasDotSegment(id: string): boolean {
  return id.split('/').some((segment) => segment === '.' || segment === '..');
}
