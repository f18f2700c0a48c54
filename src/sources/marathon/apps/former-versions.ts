/** Health checks of former versions: a task is checked by the definition that it was started with. */
import type { Logger } from '../../../log/logger.ts';
import type { FormerVersion, HealthCheck } from '../../../model/workload.ts';
import { isSame } from '../../../lib/deep-equal.ts';
import { mapBounded } from '../../../lib/async/bounded.ts';
import type { MarathonClient } from '../http/client.ts';
import { MarathonError } from '../error.ts';
import type { MarathonApp } from './dialects.ts';
import { readApp } from './read-app.ts';

export interface FormerVersions {
  /**
   * Returns the apps; one with tasks of former versions gets what is known of their health checks. `everything`: these are all apps there
   * are. Throws the signal's reason only.
   */
  addTo(apps: readonly MarathonApp[], everything: boolean, signal: AbortSignal): Promise<readonly MarathonApp[]>;
}

export interface FormerVersionsOptions {
  readonly log: Logger;
  /** Monotonic clock, milliseconds. */
  readonly now?: () => number;
}

/** Health checks that an app had from one of its versions to another: what was seen between two changes of its definition. */
interface Era {
  readonly from: string;
  until: string;
  readonly healthChecks: readonly HealthCheck[] | undefined;
}

/**
 * Asks Marathon only for what was not seen before: definitions are remembered while tasks run by them, so that an ordinary upgrade costs no
 * request. After a start of this program in the middle of an upgrade it is one for each former version. Without an answer the
 * check of the app as it is now counts, as in 1.15.
 */
export function createFormerVersions(client: Pick<MarathonClient, 'getJson'>, options: FormerVersionsOptions): FormerVersions {
  const { log, now = () => performance.now() } = options;
  const eras = new Map<string, Era[]>();
  /** A Marathon that does not answer this question must not hold up one pass after the other. */
  let failures = 0;
  let nextAt = 0;

  const ask = async (app: MarathonApp, version: string, signal: AbortSignal): Promise<Era | undefined> => {
    if (now() < nextAt) return undefined;
    const path = `/v2/apps${app.id.split('/').map(encodeURIComponent).join('/')}/versions/${version}`;
    try {
      const found = readApp(await client.getJson(path, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])));
      failures = 0;
      if (found === undefined)
        log.debug(`version ${version} of app ${app.id} cannot be read; its tasks are checked as the app is now`);
      return { from: version, until: version, healthChecks: found === undefined ? app.healthChecks : found.healthChecks };
    } catch (error) {
      signal.throwIfAborted();
      log.debug(`version ${version} of app ${app.id} is unknown; its tasks are checked as the app is now: ${String(error)}`);
      // Marathon keeps a limited number of versions: this one does not come back. Any other failure may end.
      if (error instanceof MarathonError && error.code === 'not-found') {
        return { from: version, until: version, healthChecks: app.healthChecks };
      }
      failures += 1;
      nextAt = now() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
      return undefined;
    }
  };

  const addToOne = async (app: MarathonApp, signal: AbortSignal): Promise<MarathonApp> => {
    const known = eras.get(app.id) ?? [];
    const versions = formerOf(app);
    const used = new Set<Era>();
    const former: FormerVersion[] = [];
    for (const version of versions) {
      const era = known.find(({ from, until }) => from <= version && version <= until) ?? (await ask(app, version, signal));
      if (era === undefined) continue;
      used.add(era);
      if (!isSame(era.healthChecks ?? [], app.healthChecks ?? [])) former.push({ version, healthChecks: era.healthChecks });
    }
    const current = eraOf(app, known);
    eras.set(app.id, current === undefined ? [...used] : [...used, current]);
    return former.length === 0 ? app : { ...app, former };
  };

  return {
    addTo: async (apps, everything, signal) => {
      const upgrading: number[] = [];
      for (const [at, app] of apps.entries()) {
        if (!isLabelled(app)) continue;
        if (app.tasks.some(isOfFormerVersion)) {
          upgrading.push(at);
          continue;
        }
        const known = eras.get(app.id);
        const era = eraOf(app, known ?? []);
        if (era !== undefined && (known?.length !== 1 || known[0] !== era)) eras.set(app.id, [era]);
      }
      if (everything && eras.size > apps.length) forgetGone(apps, eras);
      if (upgrading.length === 0) return apps;
      const result = [...apps];
      await mapBounded(upgrading, PARALLEL, async (at) => {
        result[at] = await addToOne(apps[at] as MarathonApp, signal);
      });
      return result;
    },
  };
}

/** Milliseconds for the answer about one version. */
const PATIENCE = 5000;
/** Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 60_000;
const PARALLEL = 8;

/** Only the labels that begin with `HAPROXY_` are known: without one the app is not served. */
function isLabelled({ labels }: MarathonApp): boolean {
  for (const _ in labels) return true;
  return false;
}

function forgetGone(apps: readonly MarathonApp[], eras: Map<string, unknown>): void {
  const ids = new Set(apps.map(({ id }) => id));
  for (const id of eras.keys()) if (!ids.has(id)) eras.delete(id);
}

function isOfFormerVersion({ formerVersion }: MarathonApp['tasks'][number]): boolean {
  return formerVersion !== undefined;
}

function formerOf({ tasks }: MarathonApp): readonly string[] {
  return [...new Set(tasks.flatMap(({ formerVersion }) => formerVersion ?? []))].sort();
}

/** The era of the app as it is now: the one that is known, if its definition has not changed since. */
function eraOf({ version, changedAt: from, healthChecks }: MarathonApp, known: readonly Era[]): Era | undefined {
  if (version === undefined || from === undefined) return undefined;
  const era = known.find((each) => each.from === from);
  if (era === undefined) return { from, until: version, healthChecks };
  if (era.until < version) era.until = version;
  return era;
}
